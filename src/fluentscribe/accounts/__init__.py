"""Who somebody is: passwords, tokens, and when somebody who guesses is locked out."""
