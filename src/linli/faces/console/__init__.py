"""The ``linli`` command: one act a subcommand, in Chinese, with progress on the error channel and exit codes.

Exit codes: 0 done; 1 refused, with every fault on a line ``file:sheet:row:column: sentence``; 2 wrong usage;
3 our own fault; 130 stopped.
"""
