/**
 * The oldest browsers that everything works in: Safari and WeChat on iOS 15.4, Chrome 100, and the engine of WeChat on
 * Android, which is newer. Syntax is lowered to them by the build; e2e/guards/browsers.test.ts looks for built-ins.
 */
export const BROWSERS = ['safari15.4', 'ios15.4', 'chrome100'];
