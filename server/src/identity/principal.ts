import type { Role } from '@qijian/domain/rules/roles.ts';

/** Who asks: a person in a browser, or a program on a person's behalf (`sessionHash` null). */
export interface Principal {
  userId: string;
  username: string;
  name: string;
  role: Role;
  locale: 'zh-CN' | 'en';
  sessionHash: string | null;
}
