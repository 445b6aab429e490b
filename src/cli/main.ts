#!/usr/bin/env node
/** The command line: `notiwire`. */
import { Command } from 'commander'

const program = new Command('notiwire')
program.description('Send, preview and check notifications; see every message in a local inbox')
await program.parseAsync()
