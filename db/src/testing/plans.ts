import { connect } from '../client.ts';

/** One step of a plan. */
export interface Step {
  node: string;
  table?: string | undefined;
  index?: string | undefined;
  /** Rows it looked at, over all its loops, also those it then passed over. */
  rows: number;
}
/** A statement as Postgres ran it. */
export interface RunStatement {
  text: string;
  steps: Step[];
}
interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

/**
 * A connection on which `plansOf` shows by what plans the statements of a piece of work were really run. They are
 * prepared as in the product, so from the sixth run on it may be a plan that is made for all values.
 */
export async function connectExplaining(url: string) {
  let heard: RunStatement[] = [];
  const connection = connect(url, {
    max: 1,
    onNotice: (message) => {
      const [, plan] = /^duration: [\d.]+ ms\s+plan:\s*(.*)$/s.exec(message) ?? [];
      if (!plan) return;
      const { 'Query Text': text, Plan } = JSON.parse(plan) as { 'Query Text': string; Plan: PlanNode };
      heard.push({ text, steps: stepsOf(Plan) });
    },
  });
  const { sql } = connection;
  for (const setting of [
    "load 'auto_explain'",
    'set auto_explain.log_min_duration = 0',
    'set auto_explain.log_analyze = on',
    "set auto_explain.log_format = 'json'",
    'set client_min_messages = log',
  ])
    await sql.unsafe(setting);
  return {
    ...connection,
    /** The statements that read `table`, in the order in which they ended. */
    async plansOf(table: string, work: () => Promise<unknown>): Promise<RunStatement[]> {
      heard = [];
      await work();
      // A plan is told when its portal closes, at the latest with the next statement.
      await sql`select 1`;
      return heard.filter(({ steps }) => steps.some((step) => step.table === table));
    },
  };
}

function stepsOf(plan: PlanNode): Step[] {
  const looked =
    plan['Actual Rows'] +
    (plan['Rows Removed by Filter'] ?? 0) +
    (plan['Rows Removed by Index Recheck'] ?? 0);
  return [
    {
      node: plan['Node Type'],
      table: plan['Relation Name'],
      index: plan['Index Name'],
      rows: looked * plan['Actual Loops'],
    },
    ...(plan.Plans ?? []).flatMap(stepsOf),
  ];
}
