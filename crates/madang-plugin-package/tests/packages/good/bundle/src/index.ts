this is not even code, and is not read
