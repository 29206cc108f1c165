import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { FileStorage } from '@qijian/core/files/file-storage.ts';
import { recalculateCustomers } from '@qijian/core/recalculation.ts';
import type { Db } from '@qijian/db/client.ts';
import { readCustomer } from '@qijian/db/queries/customer-row.ts';
import { ageCustomer, isEmpty, setOpened } from '@qijian/db/queries/demo.ts';
import { listDocuments } from '@qijian/db/queries/documents.ts';
import { sequenceBatch } from '@qijian/db/queries/events.ts';
import { insertUser } from '@qijian/db/queries/users.ts';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import { checkDigit } from '@qijian/domain/rules/id-number.ts';
import { v7 as uuidv7 } from 'uuid';
import { hashPassword } from '../features/auth/auth.service.ts';
import { createCustomer } from '../features/customers/customers.service.ts';
import { arrival, ingest } from '../features/documents/ingest.service.ts';
import { decide } from '../features/reviews/decisions.service.ts';
import { submit } from '../features/reviews/reviews.service.ts';
import { reviewDocument } from '../features/reviews/verdicts.service.ts';
import { actorOf } from '../identity/authenticate.ts';
import type { Principal } from '../identity/principal.ts';
import { DEMO_CUSTOMERS, DEMO_USERS, type DemoCustomer, type DemoUsername } from './demo-customers.ts';

const TYPES: Record<string, { type: string; file: string; name: string }> = {
  f: { type: 'id_card_front', file: 'id_card_front.jpg', name: 'IMG_0412.jpg' },
  b: { type: 'id_card_back', file: 'id_card_back.jpg', name: 'IMG_0413.jpg' },
  i: { type: 'income_proof', file: 'income_proof.jpg', name: '收入证明.jpg' },
  s: { type: 'bank_statement', file: 'bank_statement.pdf', name: '银行流水_10月.pdf' },
  c: { type: 'credit_report', file: 'credit_report.jpg', name: '征信报告.jpg' },
  p: { type: 'property_proof', file: 'property_proof.jpg', name: '房产证明.jpg' },
};
const RETURNED = {
  picture: { reasonCode: 'covered', message: '右下角被手指遮住，有效期看不全' },
  statement: { reasonCode: 'blurred', message: '第 1 页右下角印章看不清，请在亮处平放后重拍' },
} as const;
const RULES = { fourEyes: false, leaseSeconds: 60 };
const DAY = 24 * 60;
type People = Record<DemoUsername, Principal>;

/**
 * Accounts and customers to look around with, made by the same commands people give; does nothing where anybody has
 * been working already.
 */
export async function seedDemo(db: Db, files: FileStorage): Promise<void> {
  if (!(await isEmpty(db))) return;
  const people = await addPeople(db);
  // From the oldest to the newest, so that numbers grow with time.
  for (const [index, customer] of [...DEMO_CUSTOMERS].reverse().entries()) {
    await addCustomer(db, files, people, customer, index);
  }
  while ((await sequenceBatch(db)).length > 0);
}

/** All or nobody: a start that is cut off here begins again. */
async function addPeople(db: Db): Promise<People> {
  const users = await Promise.all(
    DEMO_USERS.map(async ({ password, ...user }) => ({
      id: uuidv7(),
      ...user,
      passwordHash: await hashPassword(password),
    })),
  );
  await db.transaction(async (tx) => {
    for (const user of users) await insertUser(tx, user);
  });
  return Object.fromEntries(
    users.map(({ id, username, displayName, role }): [DemoUsername, Principal] => [
      username,
      { userId: id, username, name: displayName, role, locale: 'zh-CN', sessionHash: null },
    ]),
  ) as People;
}

async function addCustomer(
  db: Db,
  files: FileStorage,
  people: People,
  demo: DemoCustomer,
  index: number,
): Promise<void> {
  const owner = people[demo.owner];
  const colleague = people[demo.owner === 'staff2' ? 'staff3' : 'staff2'];
  const auditor = people[index % 2 === 0 ? 'auditor1' : 'auditor2'];
  const due = demo.dueInHours === null ? null : new Date(Date.now() + demo.dueInHours * 3_600_000);
  const { id } = await db.transaction((tx) =>
    createCustomer(tx, owner, {
      name: demo.name,
      phone: `138${String(10_000_000 + index * 137_911).slice(0, 8)}`,
      idNumber: demoIdNumber(index),
      product: demo.product,
      amount: demo.amount * 10_000,
      termMonths: demo.term,
      branch: demo.branch,
      dueAt: due?.toISOString() ?? null,
    }),
  );
  await ageCustomer(db, id, 2 * DAY);
  const uploaders = [owner, colleague, owner];
  for (const [n, letter] of [...demo.pieces].entries()) {
    await addDocument(db, files, uploaders[n % 3] ?? owner, id, letter);
  }
  const submitFile = async () => {
    await setOpened(db, id, true);
    await db.transaction((tx) => submit(tx, owner, id, {}));
  };
  const decided = demo.state === 'approved' || demo.state === 'rejected';
  if (demo.returned || decided || demo.state === 'reviewing') await submitFile();
  if (demo.returned || decided) {
    await ageCustomer(db, id, 40);
    await review(db, auditor, id, demo);
  }
  if (demo.returned && demo.state === 'reviewing') {
    await ageCustomer(db, id, 17 * 60);
    for (const letter of demo.returned) await addDocument(db, files, owner, id, letter);
    await submitFile();
  }
  await setOpened(db, id, false);
  await ageCustomer(db, id, demo.minutesAgo);
  await db.transaction((tx) => recalculateCustomers(tx, [id]));
}

const readVersion = async (db: Db, id: string) => (await readCustomer(db, id)) as Customer;

async function review(db: Db, auditor: Principal, id: string, demo: DemoCustomer): Promise<void> {
  for (const document of await listDocuments(db, id)) {
    const letter = Object.keys(TYPES).find((key) => TYPES[key]?.type === document.type) ?? '';
    const rejected = demo.returned?.includes(letter);
    const verdict = {
      version: document.version,
      verdict: rejected ? 'rejected' : 'accepted',
      ...(rejected ? RETURNED[letter === 's' ? 'statement' : 'picture'] : {}),
    } as const;
    await db.transaction((tx) => reviewDocument(tx, auditor, document.id, verdict, RULES));
  }
  const decision = demo.returned ? 'return' : demo.state === 'approved' ? 'approve' : 'reject';
  const reason = demo.returned ? '有资料需要重拍，原因写在各件旁边' : '征信不符合准入';
  const { version } = await readVersion(db, id);
  await db.transaction((tx) =>
    decide(tx, auditor, id, { version, decision, ...(decision === 'approve' ? {} : { reason }) }, RULES),
  );
}

async function addDocument(
  db: Db,
  files: FileStorage,
  by: Principal,
  customerId: string,
  letter: string,
): Promise<void> {
  const specimen = TYPES[letter];
  if (!specimen) throw new Error(`There is no specimen ${letter}`);
  const path = fileURLToPath(new URL(`./specimens/${specimen.file}`, import.meta.url));
  // Bytes after the end of a picture or PDF are ignored; they make every copy a file of its own.
  const id = uuidv7();
  const content = Buffer.concat([await readFile(path), Buffer.from(`\n%${id}\n`)]);
  const received = await files.receive(id, Readable.from([content]), { limit: content.length });
  const storageKey = await files.keep(received.id);
  await db.transaction((tx) =>
    ingest(
      tx,
      { actor: actorOf(by), userId: by.userId, source: 'desk' },
      { customerId, type: specimen.type, storageKey, arrival: arrival(received, specimen.name) },
    ),
  );
}

/** Well formed and nobody's: there is no region 999999. */
function demoIdNumber(index: number): string {
  const first17 = `999999${1970 + (index % 30)}01${String(1 + (index % 28)).padStart(2, '0')}${String(100 + index)}`;
  return first17 + checkDigit(first17);
}
