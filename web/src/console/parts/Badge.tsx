import type { ComponentChildren } from 'preact';

export type Tone = 'good' | 'fair' | 'bad' | 'plain' | 'info';

/** A state in a word or two; the colour only goes along with it. */
export const Badge = ({ tone = 'plain', children }: { tone?: Tone; children: ComponentChildren }) => (
  <span class={`badge ${tone}`}>{children}</span>
);
