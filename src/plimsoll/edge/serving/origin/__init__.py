"""The origin over HTTP/1.1: few connections used again, fields and bodies unchanged, nothing believed of lengths."""
