import { ApiFailure } from './failure.js';
import type { Method, Route } from './route.js';

export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

interface Pattern {
  readonly segments: readonly string[];
  readonly route: Route;
}

/** Finds the route of a request; a fixed segment wins over one that stands for anything. */
export class Router {
  readonly #patterns: readonly Pattern[];

  constructor(routes: readonly Route[]) {
    this.#patterns = routes
      .map((route) => ({ segments: segmentsOf(route.path), route }))
      .sort((a, b) => openness(a.segments) - openness(b.segments));
  }

  /** Throws `ApiFailure` 404 where there is no such path, 405 where it has no such method. */
  find(method: string, path: string): Match {
    const segments = segmentsOf(path).map(decoded);
    const there = this.#patterns.filter((pattern) => fits(pattern.segments, segments));
    const pattern = there.find(({ route }) => route.method === method);
    if (pattern !== undefined) return { route: pattern.route, params: paramsOf(pattern.segments, segments) };
    if (there.length === 0) throw new ApiFailure(404, 'unknown_path', `there is no ${path} here`);
    const methods: readonly Method[] = [...new Set(there.map(({ route }) => route.method))];
    throw new ApiFailure(405, 'unknown_method', `${path} has no ${method}, only ${methods.join(', ')}`, {
      headers: { allow: methods.join(', ') },
    });
  }
}

const segmentsOf = (path: string): readonly string[] => path.split('/').filter((segment) => segment !== '');
const nameOf = (segment: string): string | null =>
  segment.startsWith('{') && segment.endsWith('}') ? segment.slice(1, -1) : null;
const openness = (segments: readonly string[]): number =>
  segments.filter((segment) => nameOf(segment) !== null).length;

const fits = (pattern: readonly string[], segments: readonly string[]): boolean =>
  pattern.length === segments.length &&
  pattern.every((segment, index) => nameOf(segment) !== null || segment === segments[index]);

function paramsOf(pattern: readonly string[], segments: readonly string[]): Record<string, string> {
  const named = pattern.flatMap((segment, index): [string, string][] => {
    const name = nameOf(segment);
    return name === null ? [] : [[name, segments[index] ?? '']];
  });
  return Object.fromEntries(named);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ApiFailure(400, 'bad_path', 'the path has a % that begins no character');
  }
}
