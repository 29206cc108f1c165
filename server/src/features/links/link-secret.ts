import { randomBytes } from 'node:crypto';
import { hashSecret } from '../../identity/sessions.ts';

/** RFC 4648, in small letters. */
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const LENGTH = 32;
const CASELESS = /^[a-z2-7]{32}$/i;

/** 160 random bits in letters whose case means nothing: links are read out, typed, and put in capitals by apps. */
export const newLinkSecret = () =>
  Array.from(randomBytes(LENGTH), (byte) => BASE32[byte % BASE32.length]).join('');

/** The stored name of a link's secret; secrets of earlier releases are longer, and their case counts. */
export const linkHash = (secret: string) => hashSecret(CASELESS.test(secret) ? secret.toLowerCase() : secret);
