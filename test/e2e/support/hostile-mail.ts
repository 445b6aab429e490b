/**
 * E-mail that tries to run a script, load something or leave, in the ways that are known: of OWASP's XSS filter evasion
 * cheat sheet, and of what was found in mail programs and inbox previews (Roundcube's SVG `use` and `animate`, unescaped
 * HTML of MailHog and MailDev, style tricks against Outlook and Gmail). `HACK` stands where a script would run.
 */

const HACK = 'window.__hacked=1;try{parent.__hacked=1;top.__hacked=1}catch(e){};alert(1)'
const js = (text: string) => text.replaceAll('HACK', HACK)
const base64 = (text: string) => Buffer.from(js(text)).toString('base64')

const SVG_SCRIPT = base64('<svg xmlns="http://www.w3.org/2000/svg"><script>HACK</script></svg>')

const SCRIPTS = [
  '<script>HACK</script>',
  '<ScRiPt>HACK</sCrIpT>',
  '<script/x>HACK</script>',
  '<script src="data:text/javascript,HACK"></script>',
  '<script type="module">HACK</script>',
  '<<script>HACK//<</script>',
  '<script\n>HACK</script >',
  '</title><script>HACK</script>',
  '</style><script>HACK</script>',
  '</textarea><script>HACK</script>',
  '<noscript><p title="</noscript><script>HACK</script>">',
  '<template><script>HACK</script></template><script>HACK</script>',
  '<!--><script>HACK</script>-->',
  '<!--[if gte IE 4]><script>HACK</script><![endif]--><script>HACK</script>',
  '<xmp><p title="</xmp><script>HACK</script>">',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=HACK&gt;">',
]

const HANDLERS = [
  '<img src=x onerror="HACK">',
  '<img src="x" OnErRoR="HACK">',
  '<img src=x:alert(alt) onerror=eval(alt) alt="HACK">',
  '<img/src=x/onerror=HACK>',
  '<img """><script>HACK</script>">',
  '<body onload="HACK">',
  '<body onpageshow="HACK">',
  '<svg onload="HACK">',
  '<svg/onload=HACK//',
  '<svg><animate onbegin="HACK" attributeName=x dur=1s>',
  '<input autofocus onfocus="HACK">',
  '<select autofocus onfocus="HACK">',
  '<textarea autofocus onfocus="HACK"></textarea>',
  '<a href=# onfocus="HACK" autofocus tabindex=1>x</a>',
  '<details open ontoggle="HACK">',
  '<video src=x onerror="HACK"></video>',
  '<video><source onerror="HACK"></video>',
  '<audio src=x onerror="HACK"></audio>',
  '<marquee onstart="HACK">x</marquee>',
  '<style onload="HACK">x{}</style>',
  '<link rel=stylesheet href="data:text/css," onload="HACK">',
  '<iframe onload="HACK"></iframe>',
  '<object data="x" onerror="HACK"></object>',
  '<div onanimationstart="HACK" style="animation:x 1s"><style>@keyframes x{}</style></div>',
  '<div style="content-visibility:auto" oncontentvisibilityautostatechange="HACK">x</div>',
]

const URLS = [
  '<iframe src="javascript:HACK"></iframe>',
  '<iframe srcdoc="<script>HACK</script>"></iframe>',
  '<iframe src="data:text/html,<script>HACK</script>"></iframe>',
  '<object data="javascript:HACK"></object>',
  '<object data="data:text/html,<script>HACK</script>"></object>',
  '<embed src="javascript:HACK">',
  `<embed src="data:image/svg+xml;base64,${SVG_SCRIPT}">`,
  `<svg><use href="data:image/svg+xml;base64,${SVG_SCRIPT}#x"></use></svg>`,
  `<img src="data:image/svg+xml;base64,${SVG_SCRIPT}">`,
  '<svg><a xlink:href="javascript:HACK"><text x=20 y=20>x</text></a></svg>',
  '<svg><animate attributeName="href" values="javascript:HACK"/></svg>',
  '<svg><foreignObject><iframe srcdoc="<script>HACK</script>"></iframe></foreignObject></svg>',
  '<math href="javascript:HACK">x</math>',
  '<form action="javascript:HACK"><input type=submit id=x></form><label for=x>x</label>',
  '<form><button formaction="javascript:HACK">x</button></form>',
  '<base href="javascript:HACK//"><a href="x">x</a>',
  '<meta http-equiv="refresh" content="0;url=javascript:HACK">',
  '<meta http-equiv="refresh" content="0;url=data:text/html,<script>HACK</script>">',
  '<meta http-equiv="refresh" content="0;url=http://evil.invalid/">',
  '<meta http-equiv="Content-Security-Policy" content="script-src *"><script>HACK</script>',
  '<link rel="import" href="data:text/html,<script>HACK</script>">',
  '<table background="javascript:HACK"><tr><td>x</table>',
  '<img src="jav&#x09;ascript:HACK">',
  '<img dynsrc="javascript:HACK"><img lowsrc="javascript:HACK">',
]

const STYLES = [
  '<div style="background-image:url(javascript:HACK)">x</div>',
  '<div style="width:expression(HACK)">x</div>',
  '<style>@import "javascript:HACK";</style>',
  '<style>body{background:url("http://evil.invalid/beacon")}</style>',
  '<style>@font-face{font-family:x;src:url(http://evil.invalid/font)}body{font-family:x}</style>',
  '<link rel=stylesheet href="http://evil.invalid/style.css">',
  '<link rel=prefetch href="http://evil.invalid/prefetch"><link rel=dns-prefetch href="//evil.invalid">',
  '<div style="position:fixed;inset:0;z-index:99999;background:red">Log in again</div>',
  '<img src="http://evil.invalid/pixel.gif" width=1 height=1>',
  '<video poster="http://evil.invalid/poster"></video><audio src="http://evil.invalid/audio" autoplay></audio>',
  '<input type=image src="http://evil.invalid/input">',
  '<img srcset="http://evil.invalid/1x 1x, http://evil.invalid/2x 2x">',
]

/** HTML bodies. */
export const HOSTILE_HTML: readonly string[] = [...SCRIPTS, ...HANDLERS, ...URLS, ...STYLES].map(js)

/** For subjects, names, texts and every other field that is no HTML. */
export const HOSTILE_TEXTS: readonly string[] = [
  '<img src=x onerror="HACK">',
  '"><script>HACK</script>',
  "'-HACK-'",
  'javascript:HACK',
  '</script><script>HACK</script>',
  '${HACK}',
  '<iframe srcdoc="<script>HACK</script>">',
  '&lt;script&gt;HACK&lt;/script&gt;',
].map(js)
