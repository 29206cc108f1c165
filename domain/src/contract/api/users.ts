import { type Static, Type } from 'typebox';
import { PASSWORD_LENGTH } from '../../rules/password-length.ts';
import type { Endpoints } from '../endpoint.ts';
import { Id, IdParams, Timestamp, VisibleText } from './common.ts';

export const RoleSchema = Type.Union([Type.Literal('admin'), Type.Literal('staff'), Type.Literal('auditor')]);
export const LocaleSchema = Type.Union([Type.Literal('zh-CN'), Type.Literal('en')]);
export const DisplayName = VisibleText(40);
export const Username = Type.String({ minLength: 3, maxLength: 40, pattern: '^[A-Za-z0-9._@-]+$' });
/** Its length, up to 200 so that a hash stays affordable; common and patterned ones are refused by `passwordFault`. */
export const Password = Type.String({
  minLength: PASSWORD_LENGTH.least,
  maxLength: PASSWORD_LENGTH.most,
});

export const UserSchema = Type.Object(
  {
    id: Id,
    username: Type.String(),
    displayName: Type.String(),
    role: RoleSchema,
    locale: LocaleSchema,
    active: Type.Boolean(),
    createdAt: Timestamp,
    lastSeenAt: Type.Union([Timestamp, Type.Null()]),
  },
  { title: 'User' },
);
export type User = Static<typeof UserSchema>;

export const LoginBody = Type.Object(
  {
    username: Type.String({ minLength: 1, maxLength: 40 }),
    password: Type.String({ minLength: 1, maxLength: 200 }),
    /** Keep signed in for 7 days on this device instead of the idle limit. */
    remember: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false, examples: [{ username: 'staff1', password: 'staff12345' }] },
);
export const UserAnswer = Type.Object({ user: UserSchema });
/** Whoever has a second step gets a challenge for it and no session; with `setup` they set that step up first. */
export const SignInAnswer = Type.Object({
  user: Type.Optional(UserSchema),
  challenge: Type.Optional(Type.Object({ token: Type.String(), setup: Type.Boolean() })),
});
export type SignInAnswer = Static<typeof SignInAnswer>;
/** Who is signed in, and what this installation takes. */
export const MeAnswer = Type.Object({
  user: UserSchema,
  limits: Type.Object({ maxFileBytes: Type.Integer() }),
});

export const RegisterBody = Type.Object(
  {
    invite: Type.String({ minLength: 20, maxLength: 100 }),
    username: Username,
    displayName: DisplayName,
    password: Password,
  },
  { additionalProperties: false },
);
export const ChangePasswordBody = Type.Object(
  { currentPassword: Type.String({ minLength: 1, maxLength: 200 }), newPassword: Password },
  { additionalProperties: false },
);
/** The language alone: what colleagues are shown of somebody, administrators decide. */
export const UpdateMeBody = Type.Object({ locale: LocaleSchema }, { additionalProperties: false });
/** A link by which a user sets a new password, once; `url` is answered at creation alone, not again for an Idempotency-Key. */
export const PasswordResetAnswer = Type.Object({ expiresAt: Timestamp, url: Type.Optional(Type.String()) });
export type PasswordReset = Static<typeof PasswordResetAnswer>;
export const UsePasswordResetBody = Type.Object(
  { token: Type.String({ minLength: 20, maxLength: 100 }), newPassword: Password },
  { additionalProperties: false },
);
/** An account made by an administrator, for a person or a program. */
export const CreateUserBody = Type.Object(
  { username: Username, displayName: DisplayName, role: RoleSchema, password: Password },
  { additionalProperties: false },
);
export const UpdateUserBody = Type.Object(
  {
    role: Type.Optional(RoleSchema),
    active: Type.Optional(Type.Boolean()),
    displayName: Type.Optional(DisplayName),
  },
  { additionalProperties: false, minProperties: 1 },
);
export const UserListQuery = Type.Object(
  {
    search: Type.Optional(Type.String({ maxLength: 60 })),
    cursor: Type.Optional(Type.String({ maxLength: 200 })),
  },
  { additionalProperties: false },
);
export const UserList = Type.Object({
  items: Type.Array(UserSchema),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
});

/** Everybody a customer can be given to or who can be mentioned: active users, names only. */
export const PersonSchema = Type.Object({ id: Id, displayName: Type.String(), role: RoleSchema });
export type Person = Static<typeof PersonSchema>;
export const PersonList = Type.Object({ items: Type.Array(PersonSchema) });

export const CreateInviteBody = Type.Object(
  { role: RoleSchema, expiresInHours: Type.Optional(Type.Integer({ minimum: 1, maximum: 720 })) },
  { additionalProperties: false },
);
/** `url` (with the secret) is answered once, at creation; not again for an Idempotency-Key. */
export const InviteSchema = Type.Object(
  {
    id: Id,
    role: RoleSchema,
    createdBy: Type.String(),
    createdAt: Timestamp,
    expiresAt: Timestamp,
    state: Type.Union([
      Type.Literal('open'),
      Type.Literal('used'),
      Type.Literal('expired'),
      Type.Literal('revoked'),
    ]),
    usedBy: Type.Union([Type.String(), Type.Null()]),
    url: Type.Optional(Type.String()),
  },
  { title: 'Invite' },
);
export type Invite = Static<typeof InviteSchema>;
export const InviteList = Type.Object({
  items: Type.Array(InviteSchema),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
});

export const SessionSchema = Type.Object({
  id: Type.String(),
  current: Type.Boolean(),
  createdAt: Timestamp,
  lastSeenAt: Timestamp,
  userAgent: Type.String(),
});
export type Session = Static<typeof SessionSchema>;
export const SessionList = Type.Object({ items: Type.Array(SessionSchema) });

export const SessionParams = Type.Object(
  { id: Type.String({ maxLength: 40 }) },
  { additionalProperties: false },
);

/** API tokens act as the user who made them; `token` (the secret) is answered once, at creation; not again for an Idempotency-Key. */
export const TokenSchema = Type.Object(
  {
    id: Id,
    name: Type.String(),
    createdAt: Timestamp,
    expiresAt: Type.Union([Timestamp, Type.Null()]),
    token: Type.Optional(Type.String()),
  },
  { title: 'Token' },
);
export type Token = Static<typeof TokenSchema>;
export const TokenList = Type.Object({ items: Type.Array(TokenSchema) });
export const CreateTokenBody = Type.Object(
  {
    name: VisibleText(60),
    expiresInDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650 })),
  },
  { additionalProperties: false },
);

/** Signing in and out, and what people may do with their own account. */
export const authEndpoints = {
  login: {
    method: 'POST',
    path: '/api/auth/login',
    access: 'public',
    body: LoginBody,
    answer: [200, SignInAnswer],
    problems: ['wrong-credentials', 'account-disabled', 'rate-limited'],
  },
  logout: { method: 'POST', path: '/api/auth/logout', access: 'public', answer: [204, null] },
  readMe: { method: 'GET', path: '/api/auth/me', access: 'signed-in', answer: [200, MeAnswer] },
  updateMe: {
    method: 'PATCH',
    path: '/api/auth/me',
    access: 'signed-in',
    body: UpdateMeBody,
    answer: [200, UserAnswer],
    once: true,
  },
  changePassword: {
    method: 'POST',
    path: '/api/auth/password',
    access: 'signed-in',
    body: ChangePasswordBody,
    answer: [204, null],
    problems: ['wrong-password', 'rate-limited'],
  },
  usePasswordReset: {
    method: 'POST',
    path: '/api/auth/password-reset',
    access: 'public',
    body: UsePasswordResetBody,
    answer: [200, SignInAnswer],
    problems: ['reset-invalid', 'rate-limited'],
  },
  register: {
    method: 'POST',
    path: '/api/auth/register',
    access: 'public',
    body: RegisterBody,
    answer: [201, SignInAnswer],
    problems: ['invite-invalid', 'already-exists'],
  },
  listSessions: {
    method: 'GET',
    path: '/api/auth/sessions',
    access: 'signed-in',
    answer: [200, SessionList],
  },
  /** Ends one of one's own sessions, or with `others` all but this one. */
  endSession: {
    method: 'DELETE',
    path: '/api/auth/sessions/:id',
    access: 'signed-in',
    params: SessionParams,
    answer: [204, null],
  },
  listTokens: { method: 'GET', path: '/api/auth/tokens', access: 'signed-in', answer: [200, TokenList] },
  createToken: {
    method: 'POST',
    path: '/api/auth/tokens',
    access: 'signed-in',
    body: CreateTokenBody,
    answer: [201, TokenSchema],
    once: true,
    problems: ['not-allowed', 'state-conflict'],
  },
  revokeToken: {
    method: 'DELETE',
    path: '/api/auth/tokens/:id',
    access: 'signed-in',
    params: IdParams,
    answer: [204, null],
  },
} as const satisfies Endpoints;

/** Users and invitations, for administrators; and the list of people, for everybody. */
export const userEndpoints = {
  listUsers: {
    method: 'GET',
    path: '/api/users',
    access: 'users.manage',
    query: UserListQuery,
    answer: [200, UserList],
  },
  createUser: {
    method: 'POST',
    path: '/api/users',
    access: 'users.manage',
    body: CreateUserBody,
    answer: [201, UserAnswer],
    once: true,
    problems: ['already-exists'],
  },
  updateUser: {
    method: 'PATCH',
    path: '/api/users/:id',
    access: 'users.manage',
    params: IdParams,
    body: UpdateUserBody,
    answer: [200, UserAnswer],
    once: true,
    problems: ['last-admin'],
  },
  offerPasswordReset: {
    method: 'POST',
    path: '/api/users/:id/password-reset',
    access: 'users.manage',
    params: IdParams,
    answer: [201, PasswordResetAnswer],
    once: true,
    problems: ['confirm-identity'],
  },
  listPeople: { method: 'GET', path: '/api/people', access: 'signed-in', answer: [200, PersonList] },
  listInvites: {
    method: 'GET',
    path: '/api/invites',
    access: 'users.manage',
    query: UserListQuery,
    answer: [200, InviteList],
  },
  createInvite: {
    method: 'POST',
    path: '/api/invites',
    access: 'users.manage',
    body: CreateInviteBody,
    answer: [201, InviteSchema],
    once: true,
  },
  revokeInvite: {
    method: 'DELETE',
    path: '/api/invites/:id',
    access: 'users.manage',
    params: IdParams,
    answer: [204, null],
    once: true,
  },
} as const satisfies Endpoints;
