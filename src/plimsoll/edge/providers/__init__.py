"""Who is told what to purge: edges of ours, Cloudflare, Fastly, behind one small interface."""
