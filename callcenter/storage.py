"""Static files with hashed names, native ES modules included."""

from servestatic.storage import CompressedManifestStaticFilesStorage


class StaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Rewrites `import … from "./x.js"` to the hashed name, which Django leaves off by default."""

    support_js_module_import_aggregation = True
