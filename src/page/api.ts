/** What the worker said no to. */
export class ApiError extends Error {
  readonly status: number;
  /** What is wrong, one by one, where it was told so. */
  readonly problems: readonly Problem[];

  constructor(status: number, message: string, problems: readonly Problem[] = []) {
    super(message);
    this.status = status;
    this.problems = problems;
  }
}

export interface Problem {
  readonly path?: string | null;
  readonly message: string;
  readonly hint?: string | null;
}

const tokenKey = 'rmq-connect-token';

export function useToken(token: string): void {
  sessionStorage.setItem(tokenKey, token);
}

function headers(): Record<string, string> {
  const token = sessionStorage.getItem(tokenKey);
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** Asks the worker. Throws `ApiError`, or what `fetch` throws where it does not answer. */
export async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(path, {
    method,
    headers: { ...headers(), ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw failureOf(response, text);
  return (text === '' ? null : JSON.parse(text)) as T;
}

export const get = <T>(path: string): Promise<T> => ask<T>('GET', path);

/** Server-sent events, with the token in a header, which `EventSource` cannot send. Ends when `signal` aborts. */
export async function listen(
  path: string,
  heard: (data: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await fetch(path, { headers: headers(), signal });
  if (!response.ok || response.body === null) throw failureOf(response, await response.text());
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const data = part
        .split('\n')
        .filter((row) => row.startsWith('data:'))
        .map((row) => row.slice(5).trim())
        .join('\n');
      if (data !== '') heard(JSON.parse(data));
    }
  }
}

interface Refusal {
  readonly message?: string;
  readonly error?: { readonly message?: string; readonly problems?: readonly Problem[] };
  readonly problems?: readonly Problem[];
}

function failureOf({ status, statusText }: Response, text: string): ApiError {
  try {
    const told = JSON.parse(text) as Refusal;
    const message = told.error?.message ?? told.message ?? statusText;
    return new ApiError(status, message, told.error?.problems ?? told.problems ?? []);
  } catch {
    return new ApiError(status, text === '' ? statusText : text);
  }
}
