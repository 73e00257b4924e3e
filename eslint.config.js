import { defineConfig } from 'eslint/config';
import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

/** The rooms a file outside `test/` may import from; see docs/architecture.md. */
const rooms = {
  'src/sdk': [],
  'src/rocketmq': [],
  'src/store': ['sdk'],
  'src/stages': ['sdk'],
  'src/job': ['sdk', 'stages'],
  'src/worker': ['sdk', 'stages', 'job', 'store', 'rocketmq'],
  'src/mirror': ['sdk', 'job', 'store', 'rocketmq', 'worker'],
  'src/metrics': ['sdk', 'job', 'store', 'rocketmq', 'worker'],
  'src/control': ['sdk', 'job', 'store', 'rocketmq', 'worker'],
  'src/api': ['sdk', 'job', 'store', 'worker', 'control', 'metrics'],
  'src/broker': ['rocketmq/remoting/codec', 'store'],
};
const all = [
  'sdk',
  'rocketmq',
  'store',
  'stages',
  'job',
  'worker',
  'broker',
  'cli',
  'mirror',
  'control',
  'api',
  'metrics',
];

/** Loading it costs more than half a second: only what is itself loaded with `import()` may. */
const clientPackage = {
  group: [
    'rocketmq-client-nodejs',
    'rocketmq-client-nodejs/**',
    '@grpc/grpc-js',
    'google-protobuf/**',
    '**/grpc/**',
  ],
  message: 'the gRPC client is loaded with import(), and only in src/rocketmq/grpc and src/broker/grpc',
};
const forbid = (files, patterns) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});
/** Where gRPC is at home. */
const grpcRooms = ['src/rocketmq/grpc', 'src/broker/grpc'];
const closedRooms = (own, allowed) =>
  all.filter((name) => name !== own && !allowed.some((path) => path.split('/')[0] === name));
const roomRules = Object.entries(rooms).map(([room, allowed]) => {
  const own = room.replace('src/', '');
  const closed = closedRooms(own, allowed);
  const narrow = allowed.filter((path) => path.includes('/'));
  return forbid(
    [`${room}/**/*.ts`],
    [
      {
        group: [...closed.map((name) => `**/${name}/**`), '**/connectors/**'],
        message: `${room} may import only: ${[own, ...allowed].join(', ')}`,
      },
      clientPackage,
      ...narrow.map((path) => ({
        regex: `(^|/)${path.split('/')[0]}/(?!${path.split('/').slice(1).join('/')}/)`,
        message: `${room} may import only ${path} of that room`,
      })),
    ],
  );
});

export default defineConfig(
  { ignores: ['dist/**', 'test/fixtures/**'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'describe', 'it', 'suite'] },
          ],
        },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      'max-lines': ['error', { max: 400 }],
      eqeqeq: 'error',
    },
  },
  { files: ['**/*.js'], languageOptions: { globals: { process: 'readonly', console: 'readonly' } } },
  {
    files: ['src/**/*.ts', 'connectors/**/*.ts', 'bench/**/*.ts'],
    // Their functions hold many small tests.
    ignores: ['src/sdk/acceptance/**', '**/*.test.ts'],
    rules: { 'max-lines-per-function': ['error', { max: 80, skipComments: true, skipBlankLines: true }] },
  },
  ...roomRules,
  forbid(['src/cli/**/*.ts'], [clientPackage]),
  ...grpcRooms.map((folder) => {
    const own = folder.split('/')[1];
    return forbid(
      [`${folder}/**/*.ts`],
      [
        {
          group: [
            ...closedRooms(own, rooms[`src/${own}`]).map((name) => `**/${name}/**`),
            '**/connectors/**',
          ],
          message: `${folder} may import only: ${own}`,
        },
      ],
    );
  }),
  forbid(
    ['connectors/**/*.ts'],
    [
      { group: ['**/src/*/**', '!**/src/sdk/**'], message: 'a connector imports only the SDK' },
      clientPackage,
    ],
  ),
);
