#!/usr/bin/env node
/** The bin: reads the command line, carries the command out, and ends the process with its exit code. */
import { run } from './run.js'

// Modules that were loaded may hold the process open, by a connection say; the command is over all the same.
void run(process.argv.slice(2)).then((exitCode) => process.exit(exitCode))
