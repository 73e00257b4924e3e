import { proxySuite } from '../conformance/proxy-suite.js';

proxySuite({ lines: 20_000, ends: 5 });
