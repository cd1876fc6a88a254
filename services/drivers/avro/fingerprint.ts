// CRC-64-AVRO over a schema's Parsing Canonical Form (Avro 1.12 specification, "Schema Fingerprints").

const empty = 0xc15d213aa4d7a795n;

const table = Array.from({ length: 256 }, (_, i) => {
  let fingerprint = BigInt(i);
  for (let bit = 0; bit < 8; bit++) fingerprint = (fingerprint >> 1n) ^ (empty & -(fingerprint & 1n));
  return fingerprint;
});

export function crc64Avro(bytes: Uint8Array): bigint {
  let fingerprint = empty;
  for (const byte of bytes) fingerprint = (fingerprint >> 8n) ^ table[Number((fingerprint ^ BigInt(byte)) & 0xffn)]!;
  return fingerprint;
}

type Schema = string | Schema[] | { [key: string]: unknown };

/** Parsing Canonical Form: full names, only the attributes that matter to reading, in the order the specification fixes. */
export function canonicalForm(schema: Schema, namespace = ''): string {
  if (typeof schema === 'string') return JSON.stringify(isPrimitive(schema) ? schema : fullName(schema, namespace));
  if (Array.isArray(schema)) return `[${schema.map((branch) => canonicalForm(branch, namespace)).join(',')}]`;
  const type = schema['type'] as string;
  if (isPrimitive(type)) return JSON.stringify(type);
  if (type === 'array') return `{"type":"array","items":${canonicalForm(schema['items'] as Schema, namespace)}}`;
  if (type === 'map') return `{"type":"map","values":${canonicalForm(schema['values'] as Schema, namespace)}}`;
  const name = fullName(schema['name'] as string, (schema['namespace'] as string | undefined) ?? namespace);
  const inner = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : '';
  const head = `{"name":${JSON.stringify(name)},"type":${JSON.stringify(type)}`;
  if (type === 'enum') return `${head},"symbols":${JSON.stringify(schema['symbols'])}}`;
  if (type === 'fixed') return `${head},"size":${schema['size'] as number}}`;
  const fields = (schema['fields'] as { name: string; type: Schema }[]).map(
    (field) => `{"name":${JSON.stringify(field.name)},"type":${canonicalForm(field.type, inner)}}`,
  );
  return `${head},"fields":[${fields.join(',')}]}`;
}

const primitives = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);
const isPrimitive = (name: string): boolean => primitives.has(name);
const fullName = (name: string, namespace: string): string => (name.includes('.') || namespace === '' ? name : `${namespace}.${name}`);
