import { once } from 'node:events';
import { computeCompleteness } from '@qijian/domain/rules/completeness.ts';
import { CUSTOMER_STATES, type CustomerState } from '@qijian/domain/rules/customer-states.ts';
import { PRESET_DOCUMENT_TYPES } from '@qijian/domain/rules/document-types.ts';
import { PRESET_PRODUCTS } from '@qijian/domain/rules/loan-products.ts';
import { customerSearchTerms } from '@qijian/domain/rules/search-terms.ts';
import postgres from 'postgres';
import { v7 as uuidv7 } from 'uuid';

/** The twenty most frequent surnames with their share of the population in per mille, then rarer ones. */
const SURNAMES: [string, number][] = [
  ['王', 72],
  ['李', 72],
  ['张', 68],
  ['刘', 54],
  ['陈', 46],
  ['杨', 31],
  ['黄', 23],
  ['赵', 21],
  ['吴', 20],
  ['周', 20],
  ['徐', 15],
  ['孙', 14],
  ['马', 13],
  ['朱', 12],
  ['胡', 12],
  ['郭', 11],
  ['何', 11],
  ['林', 11],
  ['高', 10],
  ['罗', 9],
  ...[
    ...'郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱',
  ].map((name): [string, number] => [name, 8]),
];
const GIVEN = [
  ...'思远雨桐子墨静怡佳宁一帆若溪诗涵明哲雪峰嘉言可欣宇航建国秀英梓涵欣怡浩然俊杰晓林芷若文博伟芳娜敏丽强磊军洋勇艳杰娟涛超霞平刚桂兰志红玉春梅海燕国华小龙永德',
];
const STATE_SHARE: Record<CustomerState, number> = {
  pending: 55,
  complete: 7,
  reviewing: 9,
  approved: 24,
  rejected: 5,
};
const BRANCHES = Array.from({ length: 24 }, (_, n) => `示例${n + 1}部`);
const STAFF = 40;
const DAY = 86_400_000;
/** From this many rows on the indexes are built afterwards. */
const INDEXES_LATER = 50_000;

/**
 * Adds customers as a company has them after two years, by COPY, for measurements: names by their frequency in China,
 * every state (or the one given), owner, branch and product. The same count on the same database gives the same people.
 */
export async function seedCustomers(
  databaseUrl: string,
  count: number,
  state?: CustomerState,
): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    await sql`set maintenance_work_mem = '512MB'`;
    await sql`set synchronous_commit = off`;
    const indexes = count < INDEXES_LATER ? [] : await dropIndexes(sql);
    const staff = await staffIds(sql);
    const [last] = await sql<
      { number: number }[]
    >`select coalesce(max(number), 0)::int as number from customers`;
    const first = (last?.number ?? 0) + 1;
    const random = generator(first);
    const now = Date.now();
    const sink = await sql`
      copy customers (id, number, version, name, phone, id_number, product, amount, term_months, branch, owner_id,
        due_at, status, search_terms, completeness, pieces, missing, has_returned, created_by, updated_by, created_at,
        updated_at) from stdin`.writable();
    let chunk = '';
    for (let n = 0; n < count; n++) {
      chunk += line(first + n, staff, random, now, state);
      if (chunk.length < 256 * 1024) continue;
      if (!sink.write(chunk)) await once(sink, 'drain');
      chunk = '';
    }
    const ended = once(sink, 'finish');
    sink.end(chunk);
    await ended;
    await sql`
      update customers set submissions = 1, submitted_at = updated_at, waiting_since = updated_at
      where status = 'reviewing' and submitted_at is null`;
    for (const definition of indexes) await sql.unsafe(definition);
    await sql`select setval(pg_get_serial_sequence('customers', 'number'), ${first + count - 1})`;
  } finally {
    await sql.end();
  }
}

/** Takes the secondary indexes away and answers how they are made: building them afterwards is several times faster. */
async function dropIndexes(sql: postgres.Sql): Promise<string[]> {
  const indexes = await sql<{ name: string; definition: string }[]>`
    select indexname as name, indexdef as definition from pg_indexes
    where schemaname = 'public' and tablename = 'customers' and indexname <> 'customers_pkey'`;
  for (const { name } of indexes) await sql`drop index ${sql(name)}`;
  return indexes.map(({ definition }) => definition);
}

/** Colleagues who own the customers; nobody can sign in as them. */
async function staffIds(sql: postgres.Sql): Promise<string[]> {
  const people = Array.from({ length: STAFF }, (_, n) => ({
    id: uuidv7(),
    username: `colleague-${n + 1}`,
    display_name: `同事${n + 1}`,
    role: 'staff',
    password_hash: 'none',
  }));
  await sql`insert into users ${sql(people)} on conflict do nothing`;
  const rows = await sql<
    { id: string }[]
  >`select id from users where username like 'colleague-%' order by username`;
  return rows.map((row) => row.id);
}

function line(
  number: number,
  staff: string[],
  random: () => number,
  now: number,
  state: CustomerState | undefined,
): string {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  const share = <T>(list: readonly (readonly [T, number])[]) => {
    let left = random() * list.reduce((sum, [, weight]) => sum + weight, 0);
    const found = list.find(([, weight]) => {
      left -= weight;
      return left < 0;
    });
    return (found ?? list[0])?.[0] as T;
  };
  const surname = share(SURNAMES);
  // Some names are fashionable: the most frequent pair is that of four people in ten thousand.
  const given =
    random() < 0.15
      ? pick(GIVEN)
      : (GIVEN[Math.floor(random() ** 1.5 * GIVEN.length)] as string) + pick(GIVEN);
  const name = surname + given;
  const phone = `1${pick('3456789'.split(''))}${digits(random, 9)}`;
  const idNumber =
    random() < 0.9
      ? `${pick(['330106', '110101', '440305', '310115'])}${1960 + Math.floor(random() * 45)}${two(random, 12)}${two(random, 28)}${digits(random, 4)}`
      : null;
  const drawn = share(CUSTOMER_STATES.map((one) => [one, STATE_SHARE[one]] as const));
  const status = state ?? drawn;
  const product = random() < 0.95 ? pick(PRESET_PRODUCTS).code : null;
  const file = fileOf(product, status, Math.floor(random() * 64), random() < 0.08);
  const createdAt = now - random() * 730 * DAY;
  // Most files are touched for a week or two and then rest.
  const updatedAt = Math.min(now - 1000, createdAt + random() ** 2 * 40 * DAY);
  const owner = random() < 0.97 ? pick(staff) : null;
  return `${[
    uuidv7({ msecs: createdAt }),
    number,
    3,
    name,
    phone,
    idNumber ?? '\\N',
    product ?? '\\N',
    (1 + Math.floor(random() * 120)) * 10_000,
    pick([12, 24, 36, 60]),
    random() < 0.98 ? pick(BRANCHES) : '\\N',
    owner ?? '\\N',
    random() < 0.7 ? new Date(createdAt + (3 + random() * 20) * DAY).toISOString() : '\\N',
    status,
    arrayText(customerSearchTerms({ number, name, phone, idNumber })),
    file.completeness,
    file.pieces,
    file.missing,
    file.hasReturned,
    pick(staff),
    '同事',
    new Date(createdAt).toISOString(),
    new Date(updatedAt).toISOString(),
  ].join('\t')}\n`;
}

const files = new Map<
  string,
  { completeness: string; pieces: string; missing: string; hasReturned: boolean }
>();

/** What the completeness columns hold for a file in which the types of `mask` have arrived; there are few kinds. */
function fileOf(product: string | null, status: CustomerState, mask: number, returned: boolean) {
  const whole = status !== 'pending';
  const key = `${product} ${whole} ${whole || mask} ${!whole && returned}`;
  const known = files.get(key);
  if (known) return known;
  const checklist = PRESET_PRODUCTS.find((candidate) => candidate.code === product)?.items ?? null;
  const wanted = PRESET_DOCUMENT_TYPES.filter((type) =>
    checklist ? checklist.some((item) => item.type === type.code && item.required) : type.required,
  );
  const { nextExpiryAt: _, ...body } = computeCompleteness({
    types: PRESET_DOCUMENT_TYPES,
    checklist,
    requestedTypes: [],
    excusedTypes: [],
    documents: wanted
      .filter((_type, index) => whole || (index < wanted.length - 1 && mask & (1 << index)))
      .map((type, index) => ({
        type: type.code,
        pages: 1,
        state: 'ready',
        verdict: !whole && returned && index === 0 ? 'rejected' : 'pending',
        createdAt: 0,
        reviewedAt: null,
      })),
    now: 1,
  });
  const required = body.items.filter((item) => item.required);
  const made = {
    completeness: JSON.stringify(body),
    pieces: JSON.stringify(required.map(({ type, state }) => ({ type, state }))),
    missing: arrayText(body.missing),
    hasReturned: body.items.some((item) => item.state === 'returned'),
  };
  files.set(key, made);
  return made;
}

const arrayText = (values: string[]) => `{${values.map((value) => `"${value}"`).join(',')}}`;
const digits = (random: () => number, count: number) =>
  String(Math.floor(random() * 10 ** count)).padStart(count, '0');
const two = (random: () => number, most: number) => String(1 + Math.floor(random() * most)).padStart(2, '0');

/** Repeatable numbers in [0, 1) (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
