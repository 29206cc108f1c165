import { m } from '#lib/paraglide/messages.js';
import { getLocale } from '#lib/paraglide/runtime.js';
import { limits } from './limits.ts';

const ZONE = 'Asia/Shanghai';
const DAY = 86_400_000;
/** A deadline that is nearer than this is near even when it falls on the next day. */
const SOON_MS = DAY / 4;

const formats = new Map<string, Intl.DateTimeFormat>();
function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = getLocale() + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(getLocale(), { timeZone: ZONE, hourCycle: 'h23', ...options });
    formats.set(key, format);
  }
  return format;
}

/** An amount in the language's own units: tens of thousands in Chinese from 10,000 on. */
export function money(yuan: number): string {
  const inTensOfThousands = getLocale() !== 'en' && yuan >= 10_000;
  return inTensOfThousands
    ? m.money_wan({ amount: Number((yuan / 10_000).toFixed(2)) })
    : m.money_yuan({ amount: new Intl.NumberFormat(getLocale()).format(yuan) });
}

/** `1.8 MB`. */
export function fileSize(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** `20 MB`. */
export const roundSize = (bytes: number) => fileSize(bytes).replace('.0 ', ' ');

/** The largest file that is taken, in words. */
export const mostWords = () => roundSize(limits.maxFileBytes);

/** `刚刚`, `3 分钟前`, `2 小时前`, then the date. */
export function ago(at: string | Date, now: number): string {
  const date = new Date(at);
  const seconds = Math.max(0, (now - date.getTime()) / 1000);
  if (seconds < 60) return m.time_just_now();
  const relative = new Intl.RelativeTimeFormat(getLocale(), { numeric: 'auto', style: 'short' });
  const text =
    seconds < 3600
      ? relative.format(-Math.floor(seconds / 60), 'minute')
      : seconds < 86_400
        ? relative.format(-Math.floor(seconds / 3600), 'hour')
        : seconds < 7 * 86_400
          ? relative.format(-Math.floor(seconds / 86_400), 'day')
          : dateFormat({ month: 'short', day: 'numeric' }).format(date);
  return spaced(text);
}

/** `10:31` today, else with the day. */
export function clock(at: string | Date, now: number): string {
  const date = new Date(at);
  const time = dateFormat({ hour: '2-digit', minute: '2-digit' }).format(date);
  if (dayNumber(date.getTime()) === dayNumber(now)) return time;
  return spaced(`${dateFormat({ month: 'short', day: 'numeric' }).format(date)} ${time}`);
}

/** `10:31`. */
export function timeOfDay(at: string | Date): string {
  return dateFormat({ hour: '2-digit', minute: '2-digit' }).format(new Date(at));
}

/** `今天`, `昨天`, then the date. */
export function dayWords(at: string | Date, now: number): string {
  const date = new Date(at);
  const days = dayNumber(now) - dayNumber(date.getTime());
  if (days <= 0) return m.day_today();
  if (days === 1) return m.day_yesterday();
  const isThisYear =
    toInput(date.toISOString()).slice(0, 4) === toInput(new Date(now).toISOString()).slice(0, 4);
  return spaced(
    dateFormat({ ...(isThisYear ? {} : { year: 'numeric' }), month: 'short', day: 'numeric' }).format(date),
  );
}

/** Day and time in full. */
export function moment(at: string | Date): string {
  return spaced(dateFormat({ dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at)));
}

export interface Due {
  text: string;
  tone: 'none' | 'plain' | 'soon' | 'late';
}

/** A deadline in words: `明天`, `今天 18:00` near, `逾期 1 天` late. */
export function due(at: string | null, now: number): Due {
  if (!at) return { text: '—', tone: 'none' };
  const time = new Date(at).getTime();
  if (time < now) {
    const days = Math.floor((now - time) / DAY);
    const text =
      days >= 1
        ? m.due_late_days({ days })
        : m.due_late_hours({ hours: Math.max(1, Math.floor((now - time) / 3_600_000)) });
    return { text, tone: 'late' };
  }
  const days = dayNumber(time) - dayNumber(now);
  if (days === 0) return { text: m.due_today({ time: timeOfDay(at) }), tone: 'soon' };
  if (time - now < SOON_MS) return { text: m.due_tomorrow_at({ time: timeOfDay(at) }), tone: 'soon' };
  if (days === 1) return { text: m.due_tomorrow(), tone: 'plain' };
  if (days === 2) return { text: m.due_after_tomorrow(), tone: 'plain' };
  return { text: spaced(dateFormat({ month: 'short', day: 'numeric' }).format(time)), tone: 'plain' };
}

/** `剩 3 小时 12 分`, for a deadline within a day. */
export function remaining(at: string, now: number): string | null {
  const minutes = Math.floor((new Date(at).getTime() - now) / 60_000);
  if (minutes < 0 || minutes >= 24 * 60) return null;
  return m.due_remaining({ hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

function dayNumber(time: number): number {
  return Math.floor((time + 8 * 3_600_000) / DAY);
}

/** A space between Chinese and digits, as the design asks. */
function spaced(text: string): string {
  return text.replace(/(\p{Script=Han})(\d)/gu, '$1 $2').replace(/(\d)(\p{Script=Han})/gu, '$1 $2');
}

/** `YYYY-MM-DDTHH:mm` in China, for an input of a moment; and back. */
export function toInput(at: string | null): string {
  if (!at) return '';
  return new Date(new Date(at).getTime() + 8 * 3_600_000).toISOString().slice(0, 16);
}
export function fromInput(text: string): string | null {
  return text ? new Date(`${text}:00+08:00`).toISOString() : null;
}
