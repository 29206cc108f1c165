import { describe, expect, test } from 'vitest';
import { guessDocumentType, PRESET_DOCUMENT_TYPES } from './document-types.ts';

describe('guessing the type of a file from its name', () => {
  test.each([
    ['身份证正面.jpg', 'id_card_front'],
    ['王小明 身份证.png', 'id_card_front'],
    ['身份证反面.jpg', 'id_card_back'],
    ['身份证国徽面.jpg', 'id_card_back'],
    ['ID-card-back.jpg', 'id_card_back'],
    ['id_card_front.jpg', 'id_card_front'],
    ['正面.jpg', 'id_card_front'],
    ['背面.jpg', 'id_card_back'],
    ['收入证明（盖章）.pdf', 'income_proof'],
    ['建设银行流水2026.pdf', 'bank_statement'],
    ['Bank Statement.PDF', 'bank_statement'],
    ['个人征信报告.pdf', 'credit_report'],
    ['不动产权证书.jpg', 'property_proof'],
    ['房产证正面.jpg', 'property_proof'],
    ['户口本首页.jpg', 'household_register'],
    ['household_register.jpg', 'household_register'],
    ['结婚证背面.jpg', 'marriage_certificate'],
    ['IMG_20260301_120000.jpg', null],
    ['微信图片_2026.jpg', null],
  ])('%s suggests %s', (filename, type) => {
    expect(guessDocumentType(filename)).toBe(type);
  });

  test('every type but "other" is suggested by its own name in both languages and by its code', () => {
    for (const type of PRESET_DOCUMENT_TYPES.filter(({ code }) => code !== 'other')) {
      for (const name of [type.name.zh, type.name.en, type.code]) {
        expect(guessDocumentType(name), name).toBe(type.code);
      }
    }
  });
});
