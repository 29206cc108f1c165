import { may } from '@qijian/domain/rules/permissions.ts';
import type { Role } from '@qijian/domain/rules/roles.ts';

/** Where somebody's day begins: those who review at their queue, everybody else at the customers. */
export const homeOf = (role: Role): '/review' | '/customers' =>
  may(role, 'reviews.decide') && !may(role, 'customers.write') ? '/review' : '/customers';
