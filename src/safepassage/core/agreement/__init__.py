"""What has each party said, asked and accepted? Statements and acts become the missing step."""
