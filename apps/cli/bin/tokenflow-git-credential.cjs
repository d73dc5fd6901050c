#!/usr/bin/env node
// The program reads from its name which helper it is. A file for each, since some package managers start files by path.
require("../dist/bin.cjs");
