// Tell the desk the reader's time zone, in which pages show times. Without this file they show the newsroom's.
document.cookie = `zone=${Intl.DateTimeFormat().resolvedOptions().timeZone}; path=/; max-age=31536000; samesite=strict`;
