"""The product's settings but for the hash of passwords, which is slow on purpose.

Each start of the call centre makes and checks dozens of them.
"""

from callcenter.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
