// One composition a layer, transparent, and one of all layers over white.
import React from 'react';
import {AbsoluteFill, Composition, Img, interpolate, registerRoot, staticFile, useCurrentFrame} from 'remotion';
import scene from '../public/scene.json';

const clamp = {extrapolateLeft: 'clamp', extrapolateRight: 'clamp'};

const Layer = ({row}) => {
  const frame = useCurrentFrame();
  const beats = row.rotation.map((_, i) => i * scene.beat);
  const at = (values) => interpolate(frame, beats, values, clamp);
  const x = at(row.shift.map((pair) => pair[0]));
  const y = at(row.shift.map((pair) => pair[1]));
  const transform = `translate(${x}px, ${y}px) rotate(${at(row.rotation)}deg) scale(${at(row.scale)})`;
  const place = {position: 'absolute', left: row.x, top: row.y, width: row.width, height: row.height};
  return <Img src={staticFile(row.png)} style={{...place, transform, transformOrigin: 'center'}} />;
};

const Alone = ({index}) => <AbsoluteFill><Layer row={scene.layers[index]} /></AbsoluteFill>;

const Whole = () => (
  <AbsoluteFill style={{backgroundColor: 'white'}}>
    {scene.layers.map((row) => <Layer key={row.name} row={row} />)}
  </AbsoluteFill>
);

const Root = () => {
  const shape = {width: scene.width, height: scene.height, fps: scene.fps, durationInFrames: scene.frames};
  return (
    <>
      {scene.layers.map((row, index) => (
        <Composition key={row.name} id={`layer-${index}`} component={Alone} defaultProps={{index}} {...shape} />
      ))}
      <Composition id="composite" component={Whole} {...shape} />
    </>
  );
};

registerRoot(Root);
