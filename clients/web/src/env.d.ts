/// <reference types="vite/client" />

/** When this build was made, to the minute (UTC). Shown in the user menu. */
declare const __BUILD__: string
