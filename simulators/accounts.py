"""The accounts that exist at the simulated vendors; they open nothing anywhere else."""

TWILIO_ACCOUNT_SID = "AC00000000000000000000000000000001"
TWILIO_AUTH_TOKEN = "simulated-auth-token"  # noqa: S105  a played account's token
TWILIO_API_KEY_SID = "SK00000000000000000000000000000001"
TWILIO_API_KEY_SECRET = "simulated-api-secret"  # noqa: S105  a played account's secret
TWIML_APP_SID = "AP00000000000000000000000000000001"
TWILIO_NUMBER = "+15550100000"
TWILIO_WHATSAPP_NUMBER = "+15550100001"
TWILIO_ASSISTANT_NUMBER = "+15550100002"
OPENAI_API_KEY = "sk-simulated"
ASSEMBLYAI_API_KEY = "simulated-assemblyai-key"
