/** Style sheets are bundled into one beside the program. */
declare module '*.css'
