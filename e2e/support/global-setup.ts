import { startProduct } from './product.ts';

/** One product for all journeys; with QIJIAN_URL set the one that runs there is used. */
export default async function globalSetup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.QIJIAN_URL) return undefined;
  const product = await startProduct();
  process.env.QIJIAN_URL = product.address;
  return () => product.remove();
}
