import { browser } from '$app/env';

const KEY = 'send-original';

/** Whether this person sends pictures as they are; remembered on this device. */
class SendOriginal {
  on = $state(browser && localStorage.getItem(KEY) === '1');

  toggle(): void {
    this.on = !this.on;
    localStorage.setItem(KEY, this.on ? '1' : '0');
  }
}

export const sendOriginal = new SendOriginal();
