import type { CustomerState } from '@qijian/domain/rules/customer-states.ts';

/** The demo accounts (API.md: only where no database is given). */
export const DEMO_USERS = [
  { username: 'admin', displayName: '周牧', role: 'admin', password: 'admin12345' },
  { username: 'staff1', displayName: '林晓', role: 'staff', password: 'staff12345' },
  { username: 'staff2', displayName: '何予安', role: 'staff', password: 'staff12345' },
  { username: 'staff3', displayName: '苏沐', role: 'staff', password: 'staff12345' },
  { username: 'auditor1', displayName: '沈知远', role: 'auditor', password: 'auditor12345' },
  { username: 'auditor2', displayName: '顾清', role: 'auditor', password: 'auditor12345' },
] as const;
export type DemoUsername = (typeof DEMO_USERS)[number]['username'];

export interface DemoCustomer {
  name: string;
  product: string;
  /** In 10,000 yuan. */
  amount: number;
  term: number;
  owner: DemoUsername;
  branch: string;
  /** Hours from now; null for none. */
  dueInHours: number | null;
  /** Letters of the pieces that are there: f front, b back, i income, s statement, c credit report, p property. */
  pieces: string;
  /** Those among them that an auditor returned; of a file in review, those that have come again since. */
  returned?: string;
  state: CustomerState;
  minutesAgo: number;
}

const [A, B, C] = ['示例一部', '示例二部', '示例三部'];

/** Files in all states; names are common given names put together and belong to nobody. */
export const DEMO_CUSTOMERS: readonly DemoCustomer[] = [
  row('王雨桐', 'credit', 12, 24, 'staff1', A, 26, 'fbisc', 'complete', 1),
  row('方亦舟', 'credit', 12, 24, 'staff1', A, null, 'fbisc', 'reviewing', 1),
  row('陈思远', 'business', 30, 36, 'staff1', A, 4, 'fbisc', 'pending', 2, 'b'),
  row('范远星', 'credit', 7, 12, 'staff3', A, 50, 'fbisc', 'reviewing', 3, 'f'),
  row('李佳宁', 'credit', 8, 12, 'staff3', B, 50, 'fbs', 'pending', 4),
  row('赵一帆', 'mortgage', 120, 60, 'staff1', A, null, 'fbiscp', 'reviewing', 7),
  row('刘沛然', 'car', 15, 24, 'staff2', A, -24, 'fb', 'pending', 11),
  row('秦若川', 'mortgage', 86, 60, 'staff2', B, null, 'fbiscp', 'reviewing', 12),
  row('孙若溪', 'credit', 10, 24, 'staff1', B, null, 'fbisc', 'approved', 18),
  row('周子墨', 'business', 50, 36, 'staff2', A, 6, 'fisc', 'pending', 26),
  row('吴静怡', 'mortgage', 86, 60, 'staff3', B, 26, 'fbiscp', 'complete', 32),
  row('郑凯文', 'credit', 6, 12, 'staff2', A, null, 'fbisc', 'rejected', 40),
  row('冯诗涵', 'credit', 20, 36, 'staff1', B, 50, 'fbisc', 'pending', 52, 'b'),
  row('蒋明哲', 'business', 40, 36, 'staff3', A, null, 'fbisc', 'reviewing', 61),
  row('钟未央', 'business', 75, 36, 'staff1', B, null, 'fbisc', 'reviewing', 65),
  row('潘屿安', 'credit', 22, 36, 'staff2', A, null, 'fbisc', 'reviewing', 84),
  row('韩雪峰', 'car', 9, 12, 'staff2', C, 74, '', 'pending', 70),
  row('谢雨霏', 'credit', 9, 12, 'staff3', C, null, 'fbisc', 'reviewing', 116),
  row('许嘉言', 'credit', 15, 24, 'staff1', C, 74, 'fbic', 'pending', 121),
  row('唐可欣', 'business', 28, 36, 'staff3', B, null, 'fbisc', 'approved', 130),
  row('邓宇航', 'credit', 5, 12, 'staff3', A, 98, 'fbs', 'pending', 180),
  row('宋知秋', 'car', 12, 24, 'staff1', A, null, 'fbisc', 'reviewing', 185),
  row('罗景云', 'credit', 18, 24, 'staff1', B, null, 'fbisc', 'reviewing', 199),
  row('曹语晴', 'mortgage', 95, 120, 'staff1', A, 98, 'fbi', 'pending', 200),
  row('何若兰', 'mortgage', 98, 60, 'staff2', A, 30, 'fbiscp', 'reviewing', 181, 'bs'),
  row('彭浩然', 'car', 12, 36, 'staff2', B, 122, 'fb', 'pending', 240),
  row('曾书瑶', 'credit', 7, 12, 'staff3', C, 122, 'fbisc', 'complete', 260),
  row('田景行', 'business', 60, 36, 'staff1', B, null, 'fbisc', 'approved', 300),
  row('董怀瑾', 'credit', 18, 24, 'staff2', A, 30, 'f', 'pending', 330),
  row('袁知夏', 'mortgage', 150, 120, 'staff3', A, 28, 'fbiscp', 'reviewing', 252),
  row('潘星野', 'credit', 4, 12, 'staff1', C, 146, 'fbs', 'pending', 420),
  row('蔡沐阳', 'business', 33, 24, 'staff2', B, null, 'fbisc', 'approved', 480),
  row('余清扬', 'car', 11, 24, 'staff3', B, 170, 'fbis', 'pending', 540),
  row('杜若水', 'credit', 9, 12, 'staff1', A, -2, 'fbi', 'pending', 600),
  row('叶南星', 'business', 45, 36, 'staff3', A, null, 'fbisc', 'rejected', 660),
  row('程望舒', 'credit', 13, 24, 'staff2', C, 194, '', 'pending', 720),
  row('魏长安', 'mortgage', 70, 60, 'staff1', B, 194, 'fbp', 'pending', 800),
  row('苏念一', 'credit', 16, 36, 'staff3', C, null, 'fbisc', 'approved', 900),
  row('吕归远', 'car', 8, 12, 'staff2', A, 218, 'fbc', 'pending', 1000),
];

function row(
  name: string,
  product: string,
  amount: number,
  term: number,
  owner: DemoUsername,
  branch: string | undefined,
  dueInHours: number | null,
  pieces: string,
  state: CustomerState,
  minutesAgo: number,
  returned = '',
): DemoCustomer {
  return {
    name,
    product,
    amount,
    term,
    owner,
    branch: branch ?? '',
    dueInHours,
    pieces,
    returned,
    state,
    minutesAgo,
  };
}
