import { transformKinds, type Transform } from '../stages/index.js';
import { didYouMean } from './nearest.js';
import type { Review } from './review.js';
import { find, type Path, type Tree } from './tree.js';

const names = transformKinds.map((kind) => kind.name);
const form = 'write each as NAME: { … }';

/** The list below `transforms:`; that it is a list is checked with the connector. */
export async function compileTransforms(review: Review, path: Path): Promise<readonly Transform[]> {
  const list = find(review.tree, path);
  if (list?.kind !== 'list') return [];
  const transforms: Transform[] = [];
  for (const [index, item] of list.items.entries()) {
    const transform = await compileOne(review, [...path, index], item);
    if (transform !== undefined) transforms.push(transform);
  }
  return transforms;
}

async function compileOne(review: Review, path: Path, item: Tree): Promise<Transform | undefined> {
  if (item.kind !== 'mapping') {
    review.report(path, 'a transform is a mapping with one key', { hint: form });
    return undefined;
  }
  const [name, second] = item.entries.keys();
  if (name === undefined || second !== undefined) {
    const count = name === undefined ? 'none' : String(item.entries.size);
    review.report(path, `a transform is a mapping with one key, and this has ${count}`, {
      hint: name === undefined ? form : 'begin each transform with a dash of its own',
    });
    return undefined;
  }
  const kind = transformKinds.find((known) => known.name === name);
  if (kind === undefined) {
    review.report([...path, name], `there is no transform called ${name}`, { hint: didYouMean(name, names) });
    return undefined;
  }
  return review.check(kind.spec, [...path, name]);
}
