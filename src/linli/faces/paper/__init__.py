"""Paper: reports as PDF and tables as XLSX, in Chinese, the same on every machine."""
