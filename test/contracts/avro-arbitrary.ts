// Generates values of an Avro schema, straight from the schema, so that no field is forgotten.
import fc from 'fast-check';

type Schema = string | Schema[] | { type: Schema; name?: string; items?: Schema; symbols?: string[]; fields?: { name: string; type: Schema }[] };

/** Values of a record schema: any text, null where it may be, lists of a few. */
export function arbitraryOf(schema: object): fc.Arbitrary<unknown> {
  return valuesOf(schema as Schema, new Map());
}

function valuesOf(schema: Schema, named: Map<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  if (Array.isArray(schema)) return fc.oneof(...schema.map((branch) => valuesOf(branch, named)));
  if (typeof schema !== 'string') return define(schema, named);
  switch (schema) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'int':
      return fc.integer();
    case 'long':
      return fc.integer({ min: -(2 ** 52), max: 2 ** 52 });
    case 'string':
      return fc.string({ unit: 'grapheme', maxLength: 12 });
    case 'bytes':
      return fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
    default: {
      const known = named.get(schema);
      if (!known) throw new Error(`the schema ${schema} is not defined before it is used`);
      return known;
    }
  }
}

function define(schema: Exclude<Schema, string | Schema[]>, named: Map<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'array':
      return fc.array(valuesOf(schema.items!, named), { maxLength: 3 });
    case 'enum': {
      const values = fc.constantFrom(...schema.symbols!);
      named.set(schema.name!, values);
      return values;
    }
    case 'record': {
      const values = fc.record(Object.fromEntries(schema.fields!.map((field) => [field.name, valuesOf(field.type, named)])), { noNullPrototype: true });
      named.set(schema.name!, values);
      return values;
    }
    default:
      return valuesOf(schema.type, named);
  }
}
