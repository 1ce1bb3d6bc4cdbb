import { describe, expect, it } from 'vitest';
import {
  bitrateWords,
  countWords,
  durationWords,
  fromNow,
  numberWords,
  parseTime,
  personName,
  shareWords,
} from './words';

describe('times', () => {
  it('are told by their two largest units', () => {
    const told = [0, 0.4, 59, 60, 200, 3_600, 7_260, 90_000, -5].map(durationWords);
    expect(told).toEqual(['0 s', '0 s', '59 s', '1 min', '3 min 20 s', '1 h', '2 h 1 min', '1 d 1 h', '0 s']);
  });

  it('are told from now', () => {
    const now = 10_000_000_000;
    expect(fromNow(now + 300, now)).toBe('now');
    expect(fromNow(now - 59_000, now)).toBe('59 s ago');
    expect(fromNow(now - 119_000, now)).toBe('1 min ago');
    expect(fromNow(now + 2 * 3_600_000 + 61_000, now)).toBe('in 2 h 1 min');
    expect(fromNow(now - 3 * 86_400_000 - 100_000, now)).toBe('3 d ago');
  });

  it('may be absent', () => {
    expect(parseTime('2021-04-16T09:46:20.954863Z')).toBe(1_618_566_380_954);
    expect([parseTime(null), parseTime(''), parseTime('soon')]).toEqual([undefined, undefined, undefined]);
  });
});

describe('amounts', () => {
  it('are short', () => {
    expect([0, 0.126, 1, 9.96, 12.4, 1_234_567, Number.NaN, null].map(numberWords)).toEqual([
      '0',
      '0.13',
      '1',
      '10',
      '12',
      '1,234,567',
      '–',
      '–',
    ]);
    expect([0, 999, 1_000, 64_200, 2_500_000, 3e9, null].map(bitrateWords)).toEqual([
      '0 bit/s',
      '999 bit/s',
      '1 kbit/s',
      '64 kbit/s',
      '2.5 Mbit/s',
      '3 Gbit/s',
      '–',
    ]);
    expect([0.125, 1, undefined].map(shareWords)).toEqual(['13 %', '100 %', '–']);
    expect([countWords(1, 'person', 'people'), countWords(2, 'room')]).toEqual(['1 person', '2 rooms']);
  });
});

describe('names', () => {
  const ID = '7b61621f-62e0-4aad-ab11-9fd19e272e73';

  it('come from what the application said', () => {
    expect(personName('{"id":"1","username":"Alice"}', ID)).toBe('Alice');
    expect(personName('{"name":"Bob","username":"b"}', ID)).toBe('Bob');
    expect(personName('"Carol"', ID)).toBe('Carol');
    expect(personName('Dave', ID)).toBe('Dave');
    expect(personName('{"role":"host"}', ID)).toBe('{"role":"host"}');
  });

  it('are the id where nothing was said', () => {
    expect(personName(null, ID)).toBe('7b61621f…');
    expect(personName('  ', ID)).toBe('7b61621f…');
  });

  it('are bounded', () => {
    expect(personName('x'.repeat(500), ID)).toHaveLength(80);
  });
});
