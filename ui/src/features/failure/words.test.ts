import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CertificateFault, Code } from '../../ipc/contract';
import { certificateFailure, failure } from '../../ipc/fake/world';
import { setLanguage } from '../../i18n/index.svelte';
import { failureWords, technical } from './words';

// From the contract's own text: a code added there is tested here without anyone remembering it.
const contract = readFileSync(join(import.meta.dirname, '../../ipc/contract.ts'), 'utf8');
const union = (name: string) =>
  [...(contract.match(new RegExp(`export type ${name} = ([^;]+);`))?.[1]?.matchAll(/"(\w+)"/g) ?? [])].map((m) => m[1]);
const codes = union('Code') as Code[];
const faults = union('CertificateFault') as CertificateFault[];

describe.each(['en', 'de'])('words for failures in %s', (language) => {
  it('exist for every code, and say what to do', () => {
    setLanguage(language);
    expect(codes.length).toBeGreaterThan(25);
    const seen = new Set<string>();
    for (const code of codes) {
      const words = failureWords(failure(code));
      expect(words.what, code).toMatch(/\.$/);
      expect(words.advice, code).toMatch(/\.$/);
      // The code itself is for programs.
      if (/[A-Z]/.test(code)) expect(words.what, code).not.toContain(code);
      seen.add(words.what);
    }
    expect(seen.size, 'each code has words of its own').toBe(codes.length);
  });

  it('name the service where files failed, or say that it is one', () => {
    setLanguage(language);
    for (const code of ['serviceBusy', 'serviceFull', 'serviceRefused', 'serviceSilent'] as const) {
      const words = failureWords({ ...failure(code), host: 'files.elsewhere.example' });
      expect(words.what, code).toMatch(/^files\.elsewhere\.example /);
      expect(failureWords(failure(code)).what, code).not.toContain('{');
      expect(technical({ ...failure(code), host: 'files.elsewhere.example' })).toContain('files.elsewhere.example');
    }
  });

  it('name the host for every certificate fault', () => {
    setLanguage(language);
    for (const fault of faults) {
      const problem = certificateFailure('orchard.example');
      if (problem.certificate) problem.certificate.fault = fault;
      expect(failureWords(problem).what, fault).toContain('orchard.example');
    }
  });
});

describe('a file that is too large', () => {
  it('says how large one may be, where that is known', () => {
    setLanguage('en');
    const known = failureWords(failure('fileTooLarge', { condition: '10000000' }));
    expect(known.what).toBe('The file is larger than the 10 MB that your server takes.');
    expect(failureWords(failure('fileTooLarge', { condition: 'not-acceptable' })).what).not.toContain('MB');
  });
});

describe('technical', () => {
  it('carries the conditions for a report', () => {
    const text = technical(failure('refused', { condition: 'item-not-found', retry: 'cancel', message: 'detail' }));
    expect(text).toBe('code: refused\ncondition: item-not-found\ntype: cancel\ndetail');
  });
});
