#!/usr/bin/env node
/**
 * The `unapprove` command: makes sure it can run, then becomes cli/main.ts.
 */
import { launch } from '../tools/launch.mjs';

await launch('cli/main.ts', process.argv.slice(2));
