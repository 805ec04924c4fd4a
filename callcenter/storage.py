"""Static files with hashed names, native ES modules included."""

from servestatic.storage import CompressedManifestStaticFilesStorage


# The library has no types.
class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Rewrites `import … from "./x.js"` to the hashed name, which Django leaves off by default."""

    support_js_module_import_aggregation = True
