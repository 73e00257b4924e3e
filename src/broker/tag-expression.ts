/** The tags that an expression like `a || b` names; null where it takes all messages. */
export function tagsOf(expression: string): ReadonlySet<string> | null {
  const trimmed = expression.trim();
  if (trimmed === '' || trimmed === '*') return null;
  const tags = trimmed.split('||').map((tag) => tag.trim());
  return new Set(tags.filter((tag) => tag !== ''));
}
