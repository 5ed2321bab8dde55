import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** An item as it goes over the wire. */
export type WireItem = Readonly<Record<string, AttributeValue>>;

/**
 * Bytes of an item by the rules DynamoDB documents for what it bills: attribute names and texts in
 * UTF-8, numbers by two digits a byte, and a few bytes for each map or list and its elements.
 */
export const itemBytes = (item: WireItem): number =>
  Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  );

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.NS !== undefined) return total(value.NS.map(numberBytes));
  if (value.SS !== undefined) return total(value.SS.map((text) => Buffer.byteLength(text)));
  if (value.M !== undefined) {
    return 3 + Object.keys(value.M).length + itemBytes(value.M);
  }
  if (value.L !== undefined) return 3 + total(value.L.map((each) => 1 + valueBytes(each)));
  return 1;
}

const numberBytes = (text: string): number => Math.ceil(text.replace(/\D/g, '').length / 2) + 1;

const total = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0);
