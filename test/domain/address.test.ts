// Chinese addresses, all invented: one written form for what registries write in many, and different homes kept apart.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addressParts, addressTokens, normaliseAddress } from '../../services/domain/address.ts';

/** Ways to write one and the same home. */
const sameHome: [what: string, ...ways: string[]][] = [
  [
    'with province and city or without',
    '模拟省样板市试验区知春路12号3幢2单元501室',
    '样板市试验区知春路12号3幢2单元501室',
    '试验区知春路12号3幢2单元501室',
  ],
  ['with an autonomous region', '模拟自治区样板市试验区知春路12号3幢501室', '试验区知春路12号3幢501室'],
  ['full and half width', '试验区知春路１２号３幢２单元５０１室', '试验区知春路12号3幢2单元501室'],
  ['blanks and punctuation', '试验区 知春路12号，3幢 2单元（501室）', '试验区知春路12号3幢2单元501室'],
  ['号楼, 幢, 栋, 座', '试验区知春路12号3号楼501室', '试验区知春路12号3幢501室', '试验区知春路12号3栋501室', '试验区知春路12号3座501室'],
  ['#楼', '试验区知春路12号3#楼2单元501室', '试验区知春路12号3号楼2单元501室'],
  ['a letter for a building', '试验区知春路12号A座1203室', '试验区知春路12号A栋1203', '试验区知春路12号a座1203号'],
  [
    '室, 号, 房, 户 or nothing',
    '试验区知春路12号3幢2单元501室',
    '试验区知春路12号3幢2单元501号',
    '试验区知春路12号3幢2单元501房',
    '试验区知春路12号3幢2单元501户',
    '试验区知春路12号3幢2单元501',
  ],
  ['numbers alone', '试验区知春路12号3-2-501', '试验区知春路12号3—2—501室', '试验区知春路12号3幢2单元501室'],
  ['Chinese numerals', '试验区知春路十二号三号楼二单元501室', '试验区知春路12号3幢2单元501室'],
  ['the storey too', '试验区知春路12号3幢2单元5层501室', '试验区知春路12号3幢2单元501室'],
  ['the storey before a room without a counter', '试验区知春路12号3幢12层1203', '试验区知春路12号3幢1203室'],
  ['a storey called 楼', '试验区知春路12号3幢5楼507号', '试验区知春路12号3幢5层507室'],
  ['the street office', '试验区样板街道知春路12号3幢501室', '试验区知春路12号3幢501室'],
  ['a remark behind', '试验区知春路12号3幢501室（样板企业集中办公区）', '试验区知春路12号3幢501室'],
  ['traditional counters', '试验区知春路12號3號樓2單元501室', '试验区知春路12号3号楼2单元501室'],
  ['a range of numbers', '试验區知春路100~130號', '试验區知春路100～130號', '试验區知春路100-130号', '试验區知春路１００－１３０號'],
];

describe('an address', () => {
  for (const [what, ...ways] of sameHome) {
    it(`is the same home in another writing: ${what}`, () => {
      const [first, ...others] = ways.map(addressTokens);
      for (const [i, tokens] of others.entries()) assert.deepEqual(tokens, first, `${ways[i + 1]} is not ${ways[0]}`);
    });
  }

  const parts: [text: string, parts: object][] = [
    ['试验区知春路12号3号楼2单元501室', { place: '试验区知春路12号', building: '3', unit: '2', room: '501' }],
    ['试验区知春路12号3幢501室', { place: '试验区知春路12号', building: '3', room: '501' }],
    ['试验区知春路12号', { place: '试验区知春路12号' }],
    ['试验区样板花园3幢', { place: '试验区样板花园', building: '3' }],
    ['试验县样板镇样板村7组18号', { place: '试验县样板镇样板村7组18号' }],
    ['知春路一段十五号十二楼', { place: '知春路1段15号12楼' }],
  ];
  for (const [text, wanted] of parts) it(`is cut at building, unit and room: ${text}`, () => assert.deepEqual(addressParts(text), wanted));

  const apart: [what: string, a: string, b: string][] = [
    ['storeys without rooms', '试验区知春路12号1层', '试验区知春路12号2层'],
    ['storeys where rooms are numbered anew', '试验区知春路12号3幢1层9号', '试验区知春路12号3幢2层9号'],
    ['villages of two street offices', '试验区样板街道东村3组', '试验区模拟街道东村3组'],
    ['halves of an estate', '试验区样板花园(一区)', '试验区样板花园(二区)'],
  ];
  for (const [what, a, b] of apart) it(`is another than: ${what}`, () => assert.notEqual(addressTokens(a).at(-1), addressTokens(b).at(-1)));

  const number = fc.integer({ min: 1, max: 30 });
  const home = fc.record({
    road: fc.constantFrom('知春路', '样板大道', '试验一街'),
    number,
    building: number,
    unit: fc.integer({ min: 1, max: 6 }),
    floor: number,
    door: fc.integer({ min: 1, max: 4 }),
  });
  type Home = typeof home extends fc.Arbitrary<infer T> ? T : never;
  const write = ({ road, number: at, building, unit, floor, door }: Home, way: number): string => {
    const room = `${floor}0${door}`;
    const ways = [
      `试验区${road}${at}号${building}幢${unit}单元${room}室`,
      `样板市试验区${road}${at}号${building}号楼${unit}单元${room}`,
      `试验区${road}${at}号${building}-${unit}-${room}`,
      `试验区${road} ${at}号 ${building}栋 ${unit}单元 ${room}号`,
    ];
    return ways[way % ways.length]!;
  };

  it('has equal tokens exactly as far as two homes agree, however they are written', () => {
    const property = fc.property(home, home, fc.nat(), fc.nat(), (one, other, way, otherWay) => {
      const [a, b] = [addressTokens(write(one, way)), addressTokens(write(other, otherWay))];
      const agreed = [
        one.road === other.road && one.number === other.number,
        one.building === other.building,
        one.unit === other.unit,
        one.floor === other.floor && one.door === other.door,
      ];
      for (let level = 0; level < 4; level++)
        assert.equal(
          a[level] === b[level],
          agreed.slice(0, level + 1).every(Boolean),
          `${write(one, way)} / ${write(other, otherWay)} level ${level}`,
        );
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('gives four tokens, coarse to fine, for any text, and the same for its normalised form', () => {
    const words = fc
      .array(fc.constantFrom('试验区', '知春路', '12号', '3幢', '2单元', '501室', '三', '十', '楼', '-', '５', '樓', ' '), { minLength: 1 })
      .map((list) => list.join(''));
    const text = fc.oneof(fc.string({ unit: 'grapheme', minLength: 1 }), words);
    const property = fc.property(text, (written) => {
      const tokens = addressTokens(written);
      assert.equal(tokens.length, 4);
      for (let i = 1; i < 4; i++) assert.ok(tokens[i]!.startsWith(tokens[i - 1]!));
    });
    fc.assert(property, { numRuns: 500 });
    fc.assert(
      fc.property(words, (written) => assert.equal(normaliseAddress(normaliseAddress(written)), normaliseAddress(written))),
      { numRuns: 1000 },
    );
  });
});
