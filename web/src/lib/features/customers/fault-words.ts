import { m } from '#lib/paraglide/messages.js';
import { type FieldFault, type FormField, MAX_AMOUNT, MAX_TERM } from './form-values.ts';

/** What is wrong with a field and how it is put right. */
export function faultWords(field: FormField, fault: FieldFault): string {
  const isPhone = field === 'phone';
  switch (fault.kind) {
    case 'required':
      return m.field_required();
    case 'amount':
      return m.field_amount_invalid({ max: MAX_AMOUNT });
    case 'term':
      return m.field_number_range({ min: 1, max: MAX_TERM });
    case 'character':
      return m.number_character({ at: fault.at, character: fault.character });
    case 'length':
      if (isPhone) return m.phone_length({ expected: fault.expected, actual: fault.actual });
      return fault.expected === 9
        ? m.permit_length({ actual: fault.actual })
        : m.id_number_length({ actual: fault.actual });
    case 'start':
      return isPhone ? m.phone_begins() : m.id_number_begins();
    case 'country':
      return m.phone_country();
    case 'birth':
      return m.id_number_birth();
    case 'check-digit':
      return m.id_number_check_digit();
  }
}
