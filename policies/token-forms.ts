/**
 * The forms in which providers mark their tokens, so that scanners can find them. Each asks for the mark and for as much of the body as
 * the provider documents or its tokens show; a name that merely begins like a token is too short or has no digit.
 */
const FORMS: readonly string[] = [
  // Code hosts and registries
  "gh[oprsu]_[A-Za-z0-9]{36,}", // GitHub
  "github_pat_\\w{40,}",
  "gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|oas)-[\\w-]{20,}", // GitLab
  "GR1348941[\\w-]{20}", // GitLab, registration of runners
  "ATBB[A-Za-z0-9]{32}", // Bitbucket
  "ATATT3[\\w=-]{40,}", // Atlassian
  "npm_[A-Za-z0-9]{36}",
  "pypi-AgE[\\w-]{40,}",
  "rubygems_[0-9a-f]{48}",
  "dckr_(?:pat|oat)_[\\w-]{20,}", // Docker
  "AKCp[A-Za-z0-9]{60,}", // JFrog
  // Clouds and platforms
  "(?:FwoGZXIvYXdz|IQoJb3JpZ2lu)[A-Za-z0-9/+=]{60,}", // AWS, session token
  "ABSK[A-Za-z0-9+/]{60,}={0,2}", // AWS, Bedrock
  "(?:AKIA|ASIA)[A-Z0-9]{16}\\b[\\s\\S]{0,80}?[^A-Za-z0-9/+][A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])", // AWS, a pair of keys
  "AIza[\\w-]{35}", // Google, API key
  "ya29\\.[\\w-]{20,}", // Google, access token
  "1//0[\\w-]{40,}", // Google, refresh token
  "GOCSPX-[\\w-]{20,}", // Google, OAuth client secret
  "(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{42,}={0,2}", // Azure, connection string
  "[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}", // Azure, client secret
  "[A-Za-z0-9]{52,76}AZDO[A-Za-z0-9]{4}", // Azure DevOps
  "do[opr]_v1_[0-9a-f]{64}", // DigitalOcean
  "dapi[0-9a-f]{32}", // Databricks
  "HRKU-[\\w-]{36,}", // Heroku
  "nfp_[A-Za-z0-9]{36,}", // Netlify
  "fm[12]_[A-Za-z0-9+/=]{40,}", // Fly.io
  "rnd_[A-Za-z0-9]{28,}", // Render
  "v1\\.0-[0-9a-f]{24}-[0-9a-f]{100,}", // Cloudflare, origin CA
  "pul-[0-9a-f]{40}", // Pulumi
  "[A-Za-z0-9]{14}\\.atlasv1\\.[\\w=-]{60,}", // Terraform Cloud
  "pscale_(?:tkn|pw|oauth)_[\\w=.-]{32,}", // PlanetScale
  "sbp_[0-9a-f]{40}", // Supabase
  "sb_secret_[\\w-]{20,}",
  // Secret managers
  "hv[bsr]\\.[\\w-]{20,}", // Vault
  "dp\\.(?:pt|st|ct|sa|scim|audit)\\.(?:[\\w-]{2,35}\\.)?[A-Za-z0-9]{40,}", // Doppler
  "ops_eyJ[\\w-]{100,}", // 1Password
  "AGE-SECRET-KEY-1[0-9A-Z]{58}",
  // Payment
  "[rs]k_(?:live|test|prod)_\\w{16,}", // Stripe, Paystack
  "whsec_[A-Za-z0-9+/=]{24,}", // webhook secrets
  "sq0(?:atp|csp|idp)-[\\w-]{22,}", // Square
  "EAAA[\\w-]{60}", // Square
  "shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}", // Shopify
  "access-(?:production|sandbox|development)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", // Plaid
  "EZ[AT]K[A-Za-z0-9]{54}", // EasyPost
  // Messages
  "xox[abeoprs]-[\\w-]{10,}", // Slack
  "xapp-\\d-[A-Z0-9]+-\\d+-[a-f0-9]{32,}",
  "https://hooks\\.slack\\.com/(?:services|workflows|triggers)/T[A-Z0-9]{6,}/[\\w/]{20,}",
  "\\d{8,10}:AA[\\w-]{33}", // Telegram
  "[MNO][\\w-]{23,25}\\.[\\w-]{6}\\.[\\w-]{27,38}", // Discord
  "https://(?:ptb\\.|canary\\.)?discord(?:app)?\\.com/api/webhooks/\\d{17,20}/[\\w-]{60,}",
  "SG\\.[\\w-]{16,}\\.[\\w-]{16,}", // SendGrid
  "key-[0-9a-f]{32}", // Mailgun
  "[0-9a-f]{32}-us\\d{1,2}", // Mailchimp
  "xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}", // Brevo
  "SK[0-9a-f]{32}", // Twilio
  // Models
  "sk-ant-[\\w-]{32,}", // Anthropic
  "sk-(?:proj-|svcacct-|admin-|or-v1-)?(?=[\\w-]{0,64}\\d)(?=[\\w-]{0,64}[A-Z]|[0-9a-f]{32})[\\w-]{32,}", // OpenAI and those after it
  "hf_[A-Za-z]{34}", // Hugging Face
  "r8_[\\w-]{37}", // Replicate
  "gsk_[A-Za-z0-9]{52}", // Groq
  "pplx-[A-Za-z0-9]{48}", // Perplexity
  // Tools
  "gl(?:sa|c)_[\\w+/=]{32,}", // Grafana
  "sntry[su]_[\\w+/=-]{40,}", // Sentry
  "NR(?:AK|JS|II)-[A-Za-z0-9-]{27,}", // New Relic
  "dt0[a-z]01\\.[A-Z0-9]{24}\\.[A-Z0-9]{64}", // Dynatrace
  "PMAK-[0-9a-f]{24}-[0-9a-f]{34}", // Postman
  "lin_(?:api|oauth)_[A-Za-z0-9]{32,}", // Linear
  "(?:secret|ntn)_[A-Za-z0-9]{43,50}", // Notion
  "pat[A-Za-z0-9]{14}\\.[0-9a-f]{64}", // Airtable
  "pat-[a-z]{2}\\d-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", // HubSpot
  "fig[dou]_[\\w-]{40,}", // Figma
  "CFPAT-[\\w-]{43}", // Contentful
  "(?:sdk|mob)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", // LaunchDarkly
  "tfp_[\\w-]{40,}", // Typeform
  "pn[ub]_[A-Za-z0-9]{36}", // Prefect
];

// One expression for all: a text is searched once, whatever the number of forms.
const ANY = new RegExp(`(?<![A-Za-z0-9_])(?:${FORMS.join("|")})`);

/** How many forms of tokens are known. */
export const tokenForms: number = FORMS.length;

/** True when a text holds what a provider marks as its token. */
export function holdsProviderToken(text: string): boolean {
  return ANY.test(text);
}
