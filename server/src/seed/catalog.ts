import type { Db } from '@qijian/db/client.ts';
import { insertPresets } from '@qijian/db/queries/catalog.ts';
import { PRESET_DOCUMENT_TYPES } from '@qijian/domain/rules/document-types.ts';
import { PRESET_PRODUCTS } from '@qijian/domain/rules/loan-products.ts';

/** Adds the preset document types and loan products to an installation that has none; otherwise leaves them alone. */
export const seedCatalog = (db: Db) => insertPresets(db, PRESET_DOCUMENT_TYPES, PRESET_PRODUCTS);
