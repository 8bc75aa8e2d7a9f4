-- One template for both versions: lines between "--[name" and "--name]" belong to the feature or version `name` and are
-- left out when a test does without it. @WORDS@ are filled in by prosody.rs.
pidfile = "@DIR@/prosody.pid"
data_path = "@DIR@/data"
plugin_paths = { "@DIR@/modules" }
log = { @LEVEL@ = "@DIR@/prosody.log" }
run_as_root = true
daemonize = false
interfaces = { "127.0.0.1" }
local_interfaces = { "127.0.0.1" }
c2s_ports = { @C2S@ }
c2s_direct_tls_ports = { @DIRECT@ }
component_ports = { @COMPONENT@ }
http_ports = { @HTTP@ }
https_ports = { @HTTPS@ }
proxy65_ports = { @PROXY65@ }
proxy65_interfaces = { "@PROXY_ADDRESS@" }
c2s_require_encryption = true
allow_unencrypted_plain_auth = false
certificates = "@TLS@"
ssl = { key = "@TLS@/srv.key", certificate = "@TLS@/srv.crt" }
https_certificate = "@TLS@/srv.crt"
https_key = "@TLS@/srv.key"

-- Accounts as files: a test makes one by writing it, before or after the start, with no call of prosodyctl.
authentication = "internal_hashed"
password_hash = "SHA-256"
storage = { accounts = "internal"; archive = "sql"; muc_log = "sql" }
sql = { driver = "SQLite3", database = "@DIR@/data/prosody.sqlite" }
sqlite_tune = "fast"
default_archive_policy = true
archive_expires_after = "never"
max_archive_query_results = 250
allow_registration = @REGISTRATION@
registration_invite_only = @INVITED@
registration_throttle_max = 1000
limits = { c2s = { rate = "100mb/s" } }
c2s_stanza_size_limit = 262144
smacks_hibernation_time = 300
invite_expiry = 86400
-- nothing here may look for another server
modules_disabled = { "s2s" }
modules_enabled = { @MODULES@ }
contact_info = { abuse = { "mailto:abuse@example.test" } }
turn_external_host = "127.0.0.1"
turn_external_secret = "secret123"
consider_bosh_secure = true
consider_websocket_secure = true
vjud_mode = "all"
@OPTIONS@

VirtualHost "example.test"
  admins = { "admin@example.test" }
  http_host = "localhost"
  modules_enabled = { @OWN_MODULES@ }
  disco_items = {
--[upload
    { "upload.example.test"; "upload" },
--upload]
--[muc
    { "conference.example.test"; "rooms" },
--muc]
  }
@HOST_OPTIONS@

VirtualHost "anon.example.test"
  authentication = "anonymous"
  modules_disabled = { "mam"; "vjud" }

--[muc
Component "conference.example.test" "muc"
  modules_enabled = { @MUC_MODULES@ }
  restrict_room_creation = false
  muc_room_default_public = true
--muc]
--[pubsub
Component "pubsub.example.test" "pubsub"
  autocreate_on_publish = true
--pubsub]
--[proxy65
Component "proxy.example.test" "proxy65"
  proxy65_address = "@PROXY_ADDRESS@"
--proxy65]
--[upload
Component "upload.example.test" "http_file_share"
  http_host = "localhost"
  http_file_share_size_limit = 2*1024*1024*1024
  http_file_share_daily_quota = 20*1024*1024*1024
  http_file_share_global_quota = 40*1024*1024*1024
@UPLOAD_OPTIONS@
--upload]
Component "ext.example.test"
  component_secret = "compsecret"
@COMPONENTS@
