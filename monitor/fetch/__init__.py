"""I/O: HTTP. The only module that knows httpx.

`WebFetcher.get` is one polite, bounded GET. It waits for a slot at the host, checks the address at every hop and
connects to exactly the address that it checked; one deadline and one size limit cover all hops. Every failure is a
FetchError. Only httpx's transport is used, not its client: so there is no cookie jar, no netrc, no log line with the
URL, and no redirect that was not checked.

Validators belong to the URL that sent them: another resource may match an ETag by chance and answer "unchanged", which
hides the feed for good (RFC 9110, 8.8.3). So each hop of a redirect gets its own validators or none.
"""
