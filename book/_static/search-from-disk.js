// Search works without a server; only its excerpts are fetched, which pages on a disk may not.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
